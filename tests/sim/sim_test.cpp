// The invariants of the cluster in ten thousand worlds, and the simulator's own
// promises.
#include "tests/catch.hpp"
#include "tests/sim/run.hpp"

#include <sstream>

namespace tidewire::sim {

namespace {

void hold(std::string_view about, std::uint64_t worlds) {
  wish wanted;
  wanted.about = focus_called(about);
  auto found = run_seeds(1, worlds, wanted);
  if (!found)
    return;
  std::ostringstream told;
  tell(shrink(*found), told);
  FAIL(told.str());
}

} // namespace

TEST_CASE(
    "who is there: nobody is held dead who lives, and after healing there "
    "is one view",
    "[view]") {
  hold("view", 3'500);
}

TEST_CASE("the gauge is the record, through crashes, pauses and partitions",
          "[meter]") {
  hold("meter", 3'000);
}

TEST_CASE("a hard limit is never exceeded, and is reached when all is well",
          "[permits]") {
  hold("permits", 1'500);
}

TEST_CASE("members come and go in turn, and what is acknowledged has arrived",
          "[channels]") {
  hold("channels", 2'400);
}

TEST_CASE("all of it together", "[all]") {
  hold("all", 1'000);
}

TEST_CASE("a seed is one story, today and tomorrow") {
  auto what = make_scenario(7);
  what.about = focus::view;
  std::ostringstream once, again;
  run(what, &once);
  run(what, &again);
  CHECK(once.str() == again.str());
  CHECK(once.str().size() > 1'000);
  CHECK(make_scenario(7) == make_scenario(7));
  CHECK_FALSE(make_scenario(8) == what);
  CHECK(what.steps.size() == 200);
}

TEST_CASE("random numbers are the same on every platform") {
  random chance{1};
  CHECK(chance.next() == 0x910a2dec89025cc1u);
  CHECK(chance.next() == 0xbeeb8da1658eec67u);
  for (int i = 0; i < 1'000; ++i) {
    CHECK(chance.below(7) < 7);
    auto x = chance.between(-3, 3);
    CHECK((x >= -3 && x <= 3));
  }
  CHECK(chance.below(0) == 0);
}

} // namespace tidewire::sim
