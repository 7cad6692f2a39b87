// What a node remembers of the others over its own restart.
#include "actors/state/cluster/membership.hpp"

#include "tests/actors/state/cluster/bench.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::cluster;
using namespace tidewire::cluster::testing;

namespace {

// A node that begins and was told by its disk of `other` at other:1.
bench with_memory_of(const life& who, bool answered) {
  bench b;
  b.it = membership{{}, {self, "me:1", 2},           {}, b.clock, b.now,
                    {}, {{who, "other:1", answered}}};
  return b;
}

} // namespace

TEST_CASE("who was known before a restart is dialled, and waited for") {
  auto b = with_memory_of(other, true);
  CHECK(b.it.known() == std::vector<known_life>{{other, "other:1", true}});
  b.pass(50 * ms);
  REQUIRE(all_of<dial>(b.out).size() == 1);
  CHECK(all_of<dial>(b.out)[0].address == "other:1");
  b.pass(10 * second);
  CHECK(b.it.state_of(other) == peer_state::lost);
  CHECK(all_of<life_ended>(b.out).empty());
  CHECK(b.it.forget(other, b.now, b.out) == forget_answer::forgotten);
  CHECK(b.it.known().empty());
}

TEST_CASE("who was known before a restart is over if nobody listens there") {
  auto answered = GENERATE(true, false);
  auto b = with_memory_of(other, answered);
  b.pass(50 * ms);
  b.it.dialled("other:1", dial_result::refused, {}, b.now, b.out);
  // Where it never proved to live a refusal says nothing of it.
  CHECK(all_of<life_ended>(b.out).size() == (answered ? 1 : 0));
}

TEST_CASE("who was known before a restart is over when another one comes by "
          "its name") {
  auto b = with_memory_of(other, true);
  b.pass(50 * ms);
  b.link(anew, "other:1");
  auto ends = all_of<life_ended>(b.out);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].what.who == other);
  CHECK(ends[0].what.how == ending::replaced);
}

TEST_CASE("what is known of a life that is over, or of oneself, is no memory") {
  bench b;
  b.it = membership{{},
                    {self, "me:1", 2},
                    {},
                    b.clock,
                    b.now,
                    {{other, ending::left, 0, "x"}},
                    {{other, "other:1", true}, {{self.node, 7}, "me:1", true}}};
  CHECK(b.it.known().empty());
}
