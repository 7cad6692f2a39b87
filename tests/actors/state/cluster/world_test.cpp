// Histories of nodes that are killed, stopped, cut off and healed, by seed.
#include "tests/actors/state/cluster/world.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace tidewire::cluster;
using namespace tidewire::cluster::testing;

namespace {

// What healing may take: a dial that was under way, the pause after it, and for
// those who are gone the lost time and the settling.
constexpr std::int64_t healing = (2 + 2 + 5 + 1) * second;

struct outcome {
  std::string wrong;
  std::string story;
  std::int64_t healed_ns = 0;
};

void one_fault(world& w) {
  auto& chance = w.chance();
  auto pick = [&] { return chance() % w.size(); };
  auto a = pick();
  auto b = pick();
  switch (chance() % 12) {
  case 0:
  case 1:
    if (w.living() > 1)
      w.kill(a, chance() % 3 == 0);
    break;
  case 2:
  case 3:
  case 4:
    w.start(a);
    break;
  case 5:
    w.pause(a);
    break;
  case 6:
  case 7:
    w.resume(a);
    break;
  case 8:
    if (a != b)
      w.block(a, b);
    if (a != b && chance() % 2)
      w.block(b, a);
    break;
  case 9: // in two
    for (std::size_t i = 0; i < w.size(); ++i)
      for (std::size_t j = 0; j < w.size(); ++j)
        if ((chance() % 4 != 0) && i != j && (i <= a) != (j <= a))
          w.block(i, j);
    break;
  case 10:
    w.heal();
    break;
  default:
    w.reset_link(a, b);
    break;
  }
}

outcome history(std::uint64_t seed) {
  world w(seed, 3 + seed % 5);
  auto& chance = w.chance();
  for (std::size_t i = 0; i < w.size(); ++i) {
    w.start(i);
    if (chance() % 2)
      w.run(static_cast<std::int64_t>(chance() % 2000) * ms);
  }
  for (int i = 0; i < 30 && w.finding().empty(); ++i) {
    one_fault(w);
    w.run(static_cast<std::int64_t>(chance() % (i % 3 == 0 ? 8000 : 900)) * ms);
  }
  w.heal();
  for (std::size_t i = 0; i < w.size(); ++i)
    w.resume(i);
  w.start(0); // an address that all know
  auto healed = w.run_until([&] { return w.agreed(); }, healing);
  outcome result{w.finding(), {}, healed.value_or(0)};
  if (!healed)
    result.wrong = "no common view of exactly those who live";
  w.run(healing);
  if (result.wrong.empty() && !w.agreed())
    result.wrong = "the common view did not last";
  if (result.wrong.empty())
    result.wrong = w.finding();
  // Where one who lives had found the address to be right, death is proved.
  for (std::size_t i = 0; i < w.size() && result.wrong.empty(); ++i)
    if (w.running(i))
      for (const auto& one : w.peers_of(i))
        if (std::count(w.dead().begin(), w.dead().end(), one.who) != 0
            && one.address_proved)
          result.wrong = "a death was not proved";
  if (!result.wrong.empty())
    result.story = w.story();
  return result;
}

} // namespace

TEST_CASE("after any history those who live agree, and nobody was wronged") {
  // NOLINTBEGIN(concurrency-mt-unsafe)
  const auto* first = std::getenv("TIDEWIRE_SEED");
  const auto* runs = std::getenv("TIDEWIRE_RUNS");
  // NOLINTEND(concurrency-mt-unsafe)
  std::uint64_t from = first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
  std::uint64_t n = runs == nullptr ? 300 : std::strtoull(runs, nullptr, 10);
  std::int64_t longest = 0;
  for (auto seed = from; seed < from + n; ++seed) {
    auto result = history(seed);
    INFO(result.story << "TIDEWIRE_SEED=" << seed << " TIDEWIRE_RUNS=1");
    REQUIRE(result.wrong == "");
    longest = std::max(longest, result.healed_ns);
  }
  CAPTURE(longest / ms);
  CHECK(longest < healing);
}
