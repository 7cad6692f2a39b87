#include "tests/sim/run.hpp"

#include "tests/sim/shrink.hpp"

namespace tidewire::sim {

std::optional<finding> run(const scenario& what, std::ostream* to) {
  std::optional<story> told;
  if (to)
    told.emplace(*to);
  return world{what, told ? &*told : nullptr}.run();
}

std::optional<failure> run_seeds(std::uint64_t first, std::uint64_t count,
                                 const wish& wanted) {
  for (std::uint64_t i = 0; i < count; ++i) {
    auto what = make_scenario(first + i, wanted);
    if (auto found = run(what))
      return failure{std::move(what), std::move(*found), i + 1};
  }
  return {};
}

failure shrink(const failure& x) {
  failure result = x;
  // What comes behind the failing step cannot matter.
  if (result.found.step < result.what.steps.size())
    result.what.steps.resize(result.found.step);
  result.what = shrink(result.what, [&](const scenario& y) {
    auto found = run(y);
    return found && found->invariant == x.found.invariant;
  });
  if (auto found = run(result.what))
    result.found = *found;
  else
    result = x; // it needed what came behind
  return result;
}

void tell(const failure& x, std::ostream& to) {
  auto& w = x.what;
  to << "seed " << w.seed << ", about " << name_of(w.about) << ": " << w.hosts
     << " hosts, " << w.clients << " clients, a hard limit of " << w.limit
     << ", clocks " << w.drift_ppm << " ppm and " << w.skew_ms
     << " ms apart, a round trip of " << w.round_trip_us << " us; "
     << w.steps.size() << " steps\n\n";
  run(w, &to);
  to << "\nbroken: " << x.found.invariant << ": " << x.found.sentence << '\n';
}

} // namespace tidewire::sim
