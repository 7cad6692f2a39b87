#include "tests/actors/state/cluster/rows/world.hpp"
#include "tests/catch.hpp"

#include <cstdlib>

using namespace tidewire::cluster::testing;

TEST_CASE("after healing every node has the oracle's sums, and no final tick "
          "changed in silence, over 10,000 histories") {
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  auto* given = std::getenv("TIDEWIRE_SEEDS"); // "first,number"
  std::uint64_t first = 1, number = 10'000;
  if (given) {
    char* end = nullptr;
    first = std::strtoull(given, &end, 10);
    number = *end == ',' ? std::strtoull(end + 1, nullptr, 10) : 1;
  }
  for (auto seed = first; seed < first + number; ++seed)
    if (auto wrong = disagreement(seed); !wrong.empty())
      FAIL("seed " << seed << ": " << wrong);
  auto& x = tallied();
  INFO(x.finals << " final ticks, " << x.unknown << " with unknown parts, "
                << x.ends << " ends, " << x.raised << " of them raised, "
                << x.settled << " settled, " << x.corrections
                << " corrections");
  if (given)
    WARN(x.finals << " final ticks, " << x.unknown << " with unknown parts, "
                  << x.ends << " ends, " << x.raised << " of them raised, "
                  << x.settled << " settled, " << x.corrections
                  << " corrections, " << x.malformed << " malformed");
  else
    CHECK((x.unknown > 0 && x.raised > 0 && x.settled > 0 && x.corrections > 0
           && x.malformed == 0));
}
