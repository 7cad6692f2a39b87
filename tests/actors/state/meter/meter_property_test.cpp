#include "tests/actors/state/meter/simulation.hpp"
#include "tests/catch.hpp"

#include <cstdlib>
#include <rapidcheck.h>

using namespace tidewire::meter::testing;

TEST_CASE("the meter agrees with an oracle that keeps every socket, over "
          "100,000 histories") {
  // Read once, at the first check; one given from outside, as to repeat a
  // failure, stands.
  setenv("RC_PARAMS", "max_success=100000", 0); // NOLINT(concurrency-mt-unsafe)
  CHECK(rc::check("rows, statements and cap states", [] {
    auto words = *rc::gen::arbitrary<history>();
    auto wrong = disagreement(words);
    if (!wrong.empty())
      RC_FAIL(wrong);
  }));
}
