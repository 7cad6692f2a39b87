#include "actors/state/cluster/tick_runs.hpp"

#include "tests/catch.hpp"

#include <random>
#include <set>

using namespace tidewire::cluster;

TEST_CASE("a set of ticks is what a set of each of them would be") {
  for (std::uint32_t seed = 1; seed <= 2'000; ++seed) {
    std::mt19937 random{seed};
    tick_runs runs;
    std::set<std::int64_t> each;
    for (int i = 0; i < 12; ++i) {
      auto first = static_cast<std::int64_t>(random() % 40) - 10;
      auto last = first + static_cast<std::int64_t>(random() % 6) - 1;
      runs.add({{first}, {last}});
      for (auto t = first; t <= last; ++t)
        each.insert(t);
      for (std::int64_t t = -12; t < 40; ++t) {
        INFO("seed " << seed << ", tick " << t);
        REQUIRE(runs.has({t}) == each.contains(t));
        auto through = t - 1;
        while (each.contains(through + 1))
          ++through;
        REQUIRE(runs.through({t}) == tick{through});
        auto gap = runs.first_gap({{t}, {t + 5}});
        auto from = t;
        while (from <= t + 5 && each.contains(from))
          ++from;
        REQUIRE(gap.has_value() == (from <= t + 5));
        if (gap) {
          auto to = from;
          while (to < t + 5 && !each.contains(to + 1))
            ++to;
          REQUIRE(*gap == tick_run{{from}, {to}});
        }
      }
    }
    for (std::size_t i = 1; i < runs.runs().size(); ++i)
      REQUIRE(runs.runs()[i - 1].last + 1 < runs.runs()[i].first);
  }
}
