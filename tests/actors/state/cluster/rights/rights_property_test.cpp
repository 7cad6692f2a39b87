#include "tests/actors/state/cluster/rights/episode_world.hpp"
#include "tests/actors/state/cluster/rights/permit_world.hpp"
#include "tests/catch.hpp"

#include <cstdlib>

using namespace tidewire::cluster::testing;

namespace {

// TIDEWIRE_RIGHTS_SEEDS=FROM,COUNT runs others.
template <class F>
void run_seeds(std::uint64_t from, std::uint64_t count, F&& f) {
  if (auto* wanted = std::getenv("TIDEWIRE_RIGHTS_SEEDS")) {
    char* rest = nullptr;
    from = std::strtoull(wanted, &rest, 10);
    count = *rest == ',' ? std::strtoull(rest + 1, nullptr, 10) : 1;
  }
  for (auto seed = from; seed < from + count; ++seed) {
    auto wrong = f(seed);
    INFO("seed " << seed);
    REQUIRE(wrong == "");
  }
}

} // namespace

TEST_CASE("whatever happens, a hard limit is neither exceeded nor lost") {
  permit_figures seen;
  run_seeds(1, 400,
            [&](auto seed) { return permit_disagreement(seed, &seen); });
  // Or the histories would say nothing.
  CHECK(seen.deaths > 0);
  CHECK(seen.refused > 0);
  CHECK(seen.views > 0);
}

TEST_CASE("whatever happens, survivors agree on who is back") {
  episode_figures seen;
  run_seeds(1, 500,
            [&](auto seed) { return episode_disagreement(seed, &seen); });
  CHECK(seen.identified > 0);
  CHECK(seen.attributed > 0);
  CHECK(seen.joined > 0);
}
