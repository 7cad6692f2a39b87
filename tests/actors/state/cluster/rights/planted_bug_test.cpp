// Linked with one source in which a bug was planted.
#include "tests/actors/state/cluster/rights/episode_world.hpp"
#include "tests/actors/state/cluster/rights/permit_world.hpp"
#include "tests/catch.hpp"
#include "tests/planted.hpp"

#include <string>

using namespace tidewire::cluster::testing;

TEST_CASE("the planted bug is found by histories like those of the property") {
  const auto of_permits = std::string{tidewire::planted::about} == "permit";
  std::string wrong;
  std::uint64_t seed = 0;
  while (wrong.empty() && seed < 10'000)
    wrong = of_permits ? permit_disagreement(++seed, nullptr)
                       : episode_disagreement(++seed, nullptr);
  INFO("seed " << seed << ": " << wrong);
  CHECK(wrong.find(tidewire::planted::finding) != std::string::npos);
}
