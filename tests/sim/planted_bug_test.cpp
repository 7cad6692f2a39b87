// Linked with one source of the product in which a bug was planted.
#include "tests/catch.hpp"
#include "tests/planted.hpp"
#include "tests/sim/run.hpp"

#include <string>

namespace tidewire::sim {

TEST_CASE("the planted bug is found within ten thousand seeds") {
  wish wanted;
  wanted.about = focus_called(planted::about);
  auto found = run_seeds(1, 10'000, wanted);
  REQUIRE(found);
  INFO("after " << found->tried << " seeds: " << found->found.invariant << ": "
                << found->found.sentence);
  auto expected = std::string{"|"} + planted::finding + "|";
  CHECK(expected.find("|" + found->found.invariant + "|") != expected.npos);
}

} // namespace tidewire::sim
