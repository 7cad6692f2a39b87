#include "actors/state/cluster/rebalance.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <string>

using namespace tidewire::cluster;

namespace {

node_load load(const char* name, std::uint64_t connections, bool takes = true) {
  return {{name, 1}, connections, takes};
}

std::uint64_t sum(const std::vector<sending>& all) {
  std::uint64_t result = 0;
  for (auto& each : all)
    result += each.connections;
  return result;
}

constexpr rebalance_settings free_pace{10, 50, 1'000'000};

} // namespace

TEST_CASE("a node that came back empty is filled up to the mean") {
  std::vector loads{load("a", 900), load("b", 900), load("c", 0)};
  CHECK(plan_rebalance(loads, free_pace, 10)
        == std::vector<sending>{{{"a", 1}, 300}, {{"b", 1}, 300}});
}

TEST_CASE("nobody sends more than the surplus, nor faster than the pace") {
  std::vector loads{load("a", 10'000), load("b", 0)};
  CHECK(sum(plan_rebalance(loads, free_pace, 10)) == 5000);
  CHECK(sum(plan_rebalance(loads, {10, 50, 200}, 10)) == 2000);
}

TEST_CASE("what is within the tolerance is left alone") {
  std::vector near{load("a", 1100), load("b", 1000), load("c", 900)};
  CHECK(plan_rebalance(near, free_pace, 10).empty());
  std::vector beyond{load("a", 1101), load("b", 1000), load("c", 899)};
  CHECK(sum(plan_rebalance(beyond, free_pace, 10)) == 101);
  std::vector few{load("a", 60), load("b", 0)}; // 30 each way
  CHECK(plan_rebalance(few, free_pace, 10).empty());
}

TEST_CASE("nobody sends where there is nobody to take") {
  std::vector loads{load("a", 900), load("b", 0, false)};
  CHECK(plan_rebalance(loads, free_pace, 10).empty());
  CHECK(plan_rebalance({}, free_pace, 10).empty());
  // Above the mean, but no other is far below it.
  std::vector spread{load("a", 1300), load("b", 910), load("c", 910),
                     load("d", 910)};
  CHECK(plan_rebalance(spread, free_pace, 10).empty());
}

TEST_CASE("one that is empty is filled up by many who have a little too much") {
  std::vector<node_load> loads;
  for (auto* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"})
    loads.push_back(load(name, 1200));
  loads.push_back(load("z", 0)); // the mean is 1100
  CHECK(sum(plan_rebalance(loads, free_pace, 10)) == 1100);
}

TEST_CASE("a plan for one node does not count what another lacks") {
  std::vector loads{load("a", 3000), load("b", 0), load("c", 0)};
  CHECK(sum(plan_rebalance(loads, free_pace, 10)) == 2000);
  CHECK(sum(plan_rebalance(loads, free_pace, 10, life{"b", 1})) == 1000);
  CHECK(plan_rebalance(loads, free_pace, 10, life{"a", 1}).empty());
}

TEST_CASE("the plan is the same in whatever order the loads come") {
  std::vector loads{load("a", 700), load("b", 900), load("c", 0),
                    load("d", 50)};
  auto plan = plan_rebalance(loads, free_pace, 10);
  std::reverse(loads.begin(), loads.end());
  CHECK(plan_rebalance(loads, free_pace, 10) == plan);
  CHECK(!plan.empty());
}

TEST_CASE("rounds come to an end, wherever the clients go") {
  std::vector loads{load("a", 3000), load("b", 3000), load("c", 0)};
  int rounds = 0;
  for (; rounds < 100; ++rounds) {
    auto plan = plan_rebalance(loads, {10, 50, 200}, 1);
    if (plan.empty())
      break;
    for (auto& each : plan)
      for (auto& x : loads)
        if (x.who == each.who)
          x.connections -= each.connections;
    auto moved = sum(plan);
    for (auto& x : loads) // round robin
      x.connections += moved / 3;
    loads[2].connections += moved % 3;
  }
  CHECK(rounds < 100);
  CHECK(loads[2].connections >= 1800);
}
