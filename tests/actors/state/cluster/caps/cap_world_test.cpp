#include "tests/actors/state/cluster/caps/cap_world.hpp"

#include "tests/catch.hpp"

using namespace tidewire::cluster::testing;

// Of a failure the seed is what is needed: cap_disagreement(seed).
TEST_CASE("whatever happens, nodes come to the same caps, and one tells it") {
  cap_figures all;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    auto wrong = cap_disagreement(seed, &all);
    INFO("seed " << seed << ": " << wrong);
    REQUIRE(wrong.empty());
  }
  // It did happen.
  CHECK(all.kills > 100);
  CHECK(all.starts > 100);
  CHECK(all.partitions > 100);
  CHECK(all.told > 1000);
  CHECK(all.again < all.told / 20);
}
