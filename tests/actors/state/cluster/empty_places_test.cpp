// Whether nobody was anywhere at one moment.
#include "actors/state/cluster/empty_places.hpp"

#include "tests/actors/state/cluster/bench.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::cluster;
using namespace tidewire::cluster::testing;

TEST_CASE("places are empty together if their refusals are of one moment") {
  empty_places x;
  auto refuse = [&](const std::string& at, std::int64_t began,
                    std::int64_t ended) {
    x.dialling(at, began);
    x.ended(at, true, ended);
  };
  const std::vector<std::string> both{"a", "b"};
  CHECK(x.at_once({}, 0, 10));
  refuse("a", 100, 101);
  CHECK(x.at_once({"a"}, 100, 10));
  CHECK_FALSE(x.at_once({"a"}, 101, 10)); // begun too early
  CHECK_FALSE(x.at_once(both, 0, 10));    // b was not asked
  refuse("b", 109, 110);
  CHECK(x.at_once(both, 100, 10));
  refuse("b", 109, 111); // perhaps somebody went from b to a between them
  CHECK_FALSE(x.at_once(both, 100, 10));
  x.dialling("b", 112);
  CHECK(x.has("b")); // until it is known better
  x.ended("b", false, 113);
  CHECK_FALSE(x.has("b"));
  CHECK_FALSE(x.at_once(both, 0, 1000));
}

namespace {

// A node that may find others at a:1 and b:1.
bench with_two_places() {
  bench b;
  b.it = membership{{}, {self, "me:1", 2}, {"a:1", "b:1"}, b.clock, b.now};
  return b;
}

void refuse(bench& b, const std::string& address) {
  b.it.dialled(address, dial_result::refused, {}, b.now, b.out);
}

} // namespace

TEST_CASE("who was refused long ago may be there now") {
  auto b = with_two_places();
  b.pass(50 * ms);
  REQUIRE(b.take<dial>().size() == 2);
  refuse(b, "b:1");
  b.now += 60 * ms;
  refuse(b, "a:1");
  CHECK_FALSE(b.it.nobody_else()); // too long from the first to the last
  b.pass(50 * ms);
  CHECK(b.take<dial>().size() == 2); // both, so that they are of one moment
  refuse(b, "a:1");
  refuse(b, "b:1");
  CHECK(b.it.nobody_else());
}

TEST_CASE("after the end of a life all places are looked at again, at once") {
  auto b = with_two_places();
  b.pass(50 * ms);
  b.take<dial>();
  b.prove(other, "a:1");
  b.link(other, "a:1");
  refuse(b, "b:1");
  CHECK_FALSE(b.it.nobody_else());
  b.pass_with(other, second);
  CHECK(b.it.now()->members.size() == 2);
  refuse(b, "b:1");
  b.pass(50 * ms);
  refuse(b, "b:1");
  b.out.clear();
  CHECK(b.it.nobody_else());
  b.it.unlinked(other, b.now, b.out);
  auto dials = b.take<dial>();
  REQUIRE(dials.size() == 1);
  CHECK(dials[0].address == "a:1");
  b.now += ms;
  refuse(b, "a:1");
  CHECK(b.it.state_of(other) == peer_state::ended);
  // What b:1 said was before: it may have begun since, and have been told all.
  CHECK_FALSE(b.it.nobody_else());
  CHECK(b.take<dial>().size() == 2);
  refuse(b, "a:1");
  refuse(b, "b:1");
  CHECK(b.it.nobody_else());
}
