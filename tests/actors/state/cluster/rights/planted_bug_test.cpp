// Linked with one source in which a bug was planted.
#include "tests/catch.hpp"

#include <string>

#include TIDEWIRE_WORLD

using namespace tidewire::cluster::testing;

TEST_CASE("the planted bug is found by histories like those of the property") {
  std::string wrong;
  std::uint64_t seed = 0;
  while (wrong.empty() && seed < 10'000)
    wrong = TIDEWIRE_DISAGREEMENT(++seed, nullptr);
  INFO("seed " << seed << ": " << wrong);
  CHECK(wrong.find(TIDEWIRE_EXPECTED_FINDING) != std::string::npos);
}
