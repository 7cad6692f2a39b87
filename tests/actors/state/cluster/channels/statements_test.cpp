#include "actors/state/cluster/statements.hpp"

#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

constexpr place there = 256;

struct reader {
  statements of;

  // It introduces itself in that view, and states everything.
  bool whole(std::uint64_t view) {
    of.speaks(there, view);
    of.begins(there);
    return of.stated(there, view).all;
  }

  // It states what is new in that view.
  bool rest(std::uint64_t view, place who = there) {
    of.speaks(who, view);
    return of.stated(who, view).all;
  }
};

} // namespace

TEST_CASE("an edge that goes with us states the rest, and that is all") {
  reader r;
  r.of.view_is(1);
  CHECK_FALSE(r.rest(1)); // of whom nothing is known
  CHECK(r.whole(1));
  r.of.view_is(2);
  CHECK(r.rest(2));
  r.of.view_is(3);
  r.of.view_is(4);
  CHECK_FALSE(r.rest(3)); // it is behind
  CHECK(r.rest(4));
}

TEST_CASE("an edge that did not see a view of ours has to state everything") {
  reader r;
  r.of.view_is(1);
  CHECK(r.whole(1));
  r.of.view_is(2);
  r.of.view_is(3);
  CHECK_FALSE(r.rest(3)); // what left us in 2 is not mentioned
  CHECK(r.whole(3));
  r.of.view_is(4);
  CHECK(r.rest(4));
}

TEST_CASE("an edge that saw a view which we did not see") {
  reader r;
  r.of.view_is(1);
  CHECK(r.whole(1));
  SECTION("told us by that what was ours there, and by ours the rest") {
    r.of.view_is(3);
    CHECK_FALSE(r.rest(2));
    CHECK(r.rest(3));
  }
  SECTION("may have said so while we were in another one") {
    r.of.speaks(there, 2);
    r.of.view_is(3);
    CHECK_FALSE(r.of.stated(there, 2).all);
    CHECK_FALSE(r.rest(3));
    CHECK(r.whole(3));
  }
}

TEST_CASE("after a loss only everything is all") {
  reader r;
  r.of.view_is(1);
  CHECK(r.whole(1));
  r.of.lost(there);
  CHECK(r.of.owing() == std::vector{there});
  r.of.view_is(2);
  CHECK_FALSE(r.rest(2));
  r.of.speaks(there, 2);
  r.of.begins(there);
  r.of.lost(there); // in the middle of it
  CHECK_FALSE(r.of.stated(there, 2).all);
  CHECK(r.whole(2));
  CHECK(r.of.owing().empty());
}

TEST_CASE("who was in a view before us has to be asked when we come back") {
  reader r;
  r.of.view_is(1);
  CHECK(r.whole(1));
  r.of.view_is(2);
  CHECK(r.rest(2));
  CHECK_FALSE(r.rest(1)); // it sees it again
  r.of.view_is(1);
  CHECK(r.of.owing() == std::vector{there});
  CHECK(r.whole(1));
}

TEST_CASE("what is stated while the view changes is not all") {
  reader r;
  r.of.view_is(1);
  CHECK(r.whole(1));
  r.of.view_is(2);
  r.of.speaks(there, 1);
  r.of.begins(there);
  r.of.view_is(1);
  CHECK_FALSE(r.of.stated(there, 1).all); // the beginning was let go
}

TEST_CASE("an edge is asked once until it answers, or the answer is lost") {
  reader r;
  r.of.view_is(1);
  CHECK(r.of.asks(there));
  CHECK_FALSE(r.of.asks(there));
  CHECK(r.whole(1));
  CHECK(r.of.asks(there));
  r.of.lost(there);
  CHECK(r.of.asks(there));
  r.of.left(there);
  CHECK(r.of.asks(there));
}

TEST_CASE("an edge that has left begins anew, one of this node needs not") {
  reader r;
  r.of.view_is(1);
  CHECK(r.whole(1));
  CHECK(r.rest(1, 3));
  r.of.view_is(2);
  r.of.left(there);
  CHECK(r.of.owing().empty());
  CHECK(r.rest(2, 3));
  CHECK_FALSE(r.rest(2));
  CHECK(r.whole(2));
}
