#include "tests/sim/shrink.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

namespace {

class shrinker {
public:
  shrinker(scenario x, const std::function<bool(const scenario&)>& fails,
           unsigned tries)
      : best_(std::move(x)), fails_(fails), tries_(tries) {}

  scenario run() {
    for (bool better = true; better && tries_ > 0;) {
      better = remove_steps();
      better = simplify_world() || better;
      better = halve() || better;
    }
    return std::move(best_);
  }

private:
  bool take(scenario next) {
    if (tries_ == 0 || next == best_)
      return false;
    --tries_;
    if (!fails_(next))
      return false;
    best_ = std::move(next);
    return true;
  }

  // Ever smaller pieces. The wait of a step that goes is added to the one
  // behind it, first, because much hangs on when something happens.
  bool remove_steps() {
    bool better = false;
    for (auto size = std::max<std::size_t>(best_.steps.size() / 2, 1);;
         size /= 2) {
      for (std::size_t i = 0; i < best_.steps.size() && tries_ > 0;)
        if (take(without(i, size, true)) || take(without(i, size, false)))
          better = true;
        else
          i += size;
      if (size <= 1)
        return better;
    }
  }

  scenario without(std::size_t from, std::size_t size, bool keep_time) const {
    auto next = best_;
    auto first = next.steps.begin() + static_cast<std::ptrdiff_t>(from);
    auto last =
        first
        + static_cast<std::ptrdiff_t>(std::min(size, next.steps.size() - from));
    std::uint32_t waited = 0;
    for (auto s = first; s != last; ++s)
      waited += s->wait_ms;
    if (last != next.steps.end() && keep_time)
      last->wait_ms += waited;
    next.steps.erase(first, last);
    return next;
  }

  bool simplify_world() {
    bool better = false;
    auto set = [&](std::uint32_t scenario::*field, std::uint32_t least) {
      for (auto value : {least, best_.*field - 1}) {
        auto next = best_;
        if (next.*field <= least)
          return;
        next.*field = value;
        better = take(std::move(next)) || better;
      }
    };
    set(&scenario::hosts, 2);
    set(&scenario::drift_ppm, 0);
    set(&scenario::skew_ms, 0);
    set(&scenario::round_trip_us, 300);
    set(&scenario::limit, 1);
    return better;
  }

  bool halve() {
    bool better = false;
    for (std::size_t i = 0; i < best_.steps.size() && tries_ > 0; ++i)
      for (auto field : {&step::wait_ms, &step::c})
        for (auto part : {0u, 2u}) {
          auto next = best_;
          auto& value = next.steps[i].*field;
          if (value < 2)
            continue;
          value = part == 0 ? 0 : value / part;
          better = take(std::move(next)) || better;
        }
    return better;
  }

  scenario best_;
  const std::function<bool(const scenario&)>& fails_;
  unsigned tries_;
};

} // namespace

scenario shrink(scenario x, const std::function<bool(const scenario&)>& fails,
                unsigned tries) {
  return shrinker{std::move(x), fails, tries}.run();
}

} // namespace tidewire::sim
