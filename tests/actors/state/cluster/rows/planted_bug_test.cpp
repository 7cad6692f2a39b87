// Linked with one source of actors/state/cluster in which a bug was planted.
#include "tests/actors/state/cluster/rows/world.hpp"
#include "tests/catch.hpp"
#include "tests/planted.hpp"

#include <regex>

using namespace tidewire::cluster::testing;

TEST_CASE("the planted bug is found by histories like those of the property") {
  std::string wrong;
  std::uint64_t seed = 0;
  while (wrong.empty() && seed < 10'000)
    wrong = disagreement(++seed);
  INFO("at seed " << seed << ": " << wrong);
  CHECK(std::regex_search(wrong, std::regex{tidewire::planted::finding}));
}
