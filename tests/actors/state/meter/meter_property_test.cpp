#include "tests/actors/state/meter/simulation.hpp"
#include "tests/catch.hpp"

#include <cstdlib>
#include <rapidcheck.h>

using namespace tidewire::meter::testing;

TEST_CASE("the meter agrees with an oracle that keeps every socket, over "
          "100,000 histories") {
  // One given from outside, as to repeat a failure, stands.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  auto given = std::getenv("RC_PARAMS") != nullptr;
  setenv("RC_PARAMS", "max_success=100000", 0); // NOLINT(concurrency-mt-unsafe)
  int histories = 0;
  CHECK(rc::check("rows, statements and cap states", [&] {
    auto words = *rc::gen::arbitrary<history>();
    ++histories;
    auto wrong = disagreement(words);
    if (!wrong.empty())
      RC_FAIL(wrong);
  }));
  CHECK((given || histories >= 100'000));
}
