#include "tests/catch.hpp"
#include "tests/sim/shrink.hpp"

#include <algorithm>

namespace tidewire::sim {

namespace {

bool has(const scenario& x, deed what, std::uint32_t least) {
  return std::any_of(x.steps.begin(), x.steps.end(),
                     [&](auto& s) { return s.what == what && s.c >= least; });
}

} // namespace

TEST_CASE("only the steps that matter are left, as small as they can be") {
  auto x = make_scenario(3);
  x.hosts = 7;
  x.steps[20] = {deed::pause, 900, 1, 0, 5'000};
  x.steps[150] = {deed::crash, 700, 1, 0, 0};
  auto fails = [](const scenario& y) {
    return has(y, deed::pause, 1'000) && has(y, deed::crash, 0);
  };
  auto small = shrink(x, fails);
  REQUIRE(fails(small));
  CHECK(small.steps.size() == 2);
  CHECK(small.hosts == 2);
  for (auto& s : small.steps) {
    CHECK(s.wait_ms == 0);
    CHECK(s.c < 2'000);
  }
}

TEST_CASE("shrinking asks no more often than it may") {
  auto x = make_scenario(3);
  unsigned asked = 0;
  auto small = shrink(
      x,
      [&](const scenario&) {
        ++asked;
        return true;
      },
      3);
  CHECK(asked == 3);
  CHECK(small.steps.size() < x.steps.size());
}

TEST_CASE("what always fails shrinks to nothing") {
  auto small = shrink(make_scenario(5), [](const scenario&) { return true; });
  CHECK(small.steps.empty());
}

} // namespace tidewire::sim
