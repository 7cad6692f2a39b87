// Linked with one source of the meter in which a bug was planted.
#include "tests/actors/state/meter/simulation.hpp"
#include "tests/catch.hpp"
#include "tests/planted.hpp"

#include <random>

using namespace tidewire::meter::testing;

TEST_CASE("the planted bug is found by histories like those of the property") {
  std::mt19937 random{1};
  std::string wrong;
  int tried = 0;
  for (; wrong.empty() && tried < 20'000; ++tried) {
    history words(random() % 100);
    for (auto& word : words)
      word = static_cast<std::uint32_t>(random());
    wrong = disagreement(words);
  }
  INFO("after " << tried << " histories: " << wrong);
  CHECK(wrong.find(tidewire::planted::finding) != std::string::npos);
}
