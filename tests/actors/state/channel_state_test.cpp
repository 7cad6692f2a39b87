#include "actors/state/channel_state.hpp"

#include "tests/actors/state/channel_bench.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

// -- plain --------------------------------------------------------------------

TEST_CASE("a plain channel answers a wish and knows the edge from then on") {
  plain_bench c{"news"};
  CHECK(c.state.idle());
  c.join(here, plain(1));
  REQUIRE(c.out.to<joined_channel>(0).size() == 1);
  CHECK(c.out.to<joined_channel>(0)[0].who == socket_id{1, 1});
  CHECK_FALSE(c.state.idle());
  CHECK(c.state.facts().occupied);
}

TEST_CASE("an event goes once to every edge that has subscribers") {
  plain_bench c{"news"};
  c.join(here, plain(1));
  c.join(there, plain(2));
  c.out.clear();
  c.publish(7);
  CHECK(c.out.to<deliver_event>(0).size() == 1);
  CHECK(c.out.to<deliver_event>(1).size() == 1);
  REQUIRE(c.out.publishes.size() == 1);
  CHECK(c.out.publishes[0].number == 7);
  c.leave(here, 1);
  c.out.clear();
  c.publish();
  CHECK(c.out.count(0) == 0);
  CHECK(c.out.to<deliver_event>(1).size() == 1);
  c.leave(there, 2);
  CHECK(c.state.idle());
}

TEST_CASE("what a former edge says late does not end its successor") {
  plain_bench c{"news"};
  c.join(here, plain(1));
  c.restate({0, 2}, {plain(1, true)});
  c.leave(here, 1);
  CHECK_FALSE(c.state.idle());
  c.leave({0, 2}, 1);
  CHECK(c.state.idle());
}

TEST_CASE("a plain edge that restates a waiting wish is answered") {
  plain_bench c{"news"};
  c.restate(here, {plain(1, false)});
  CHECK(c.out.to<joined_channel>(0).size() == 1);
  c.out.clear();
  c.restate(here, {plain(1, true)});
  CHECK(c.out.records.empty());
  c.restate(here, {});
  CHECK(c.state.idle());
}

TEST_CASE("a plain channel sums what its edges count") {
  plain_bench c{"news"};
  c.join(here, plain(1));
  c.join(there, plain(2));
  c.state.handle(counted_channel{here, key("news"), 3}, c.out);
  c.state.handle(counted_channel{there, key("news"), 4}, c.out);
  CHECK(c.state.facts().subscriptions == 7);
  c.state.handle(counted_channel{{0, 9}, key("news"), 100}, c.out);
  CHECK(c.state.facts().subscriptions == 7);
}

// -- after a restart ----------------------------------------------------------

TEST_CASE("a restarted channel holds events until every edge has spoken") {
  plain_bench c{"news", 2};
  CHECK(c.state.gathering());
  CHECK_FALSE(c.state.idle());
  c.publish(1);
  c.restate(here, {plain(1, true)});
  CHECK(c.out.records.empty());
  CHECK(c.out.publishes.empty());
  c.restate(here, {plain(1, true)}); // the same edge once more
  CHECK(c.state.gathering());
  c.publish(2);
  c.restate(there, {plain(2, true)});
  CHECK_FALSE(c.state.gathering());
  CHECK(c.out.to<deliver_event>(0).size() == 2);
  CHECK(c.out.to<deliver_event>(1).size() == 2);
  REQUIRE(c.out.publishes.size() == 2);
  CHECK(c.out.publishes[0].number == 1);
  CHECK(c.out.publishes[1].number == 2);
}

TEST_CASE("publishers learn of an edge that never spoke") {
  plain_bench c{"news", 2};
  c.restate(here, {plain(1, true)});
  c.publish(5);
  c.state.give_up_waiting(c.out);
  CHECK_FALSE(c.state.gathering());
  CHECK(c.out.to<deliver_event>(0).size() == 1);
  REQUIRE(c.out.answers.size() == 1);
  CHECK(c.out.answers[0].number == 5);
  CHECK_FALSE(c.out.answers[0].complete);
  for (auto& t : c.out.publishes)
    CHECK_FALSE(t); // nobody waits for that answer any more
  c.out.clear();
  c.state.give_up_waiting(c.out);
  CHECK(c.out.records.empty());
}

TEST_CASE("what an edge said before it restated does not count twice") {
  plain_bench c{"news", 1};
  c.join(here, plain(1));
  c.restate(here, {}); // the wish was withdrawn meanwhile
  CHECK_FALSE(c.state.gathering());
  CHECK(c.state.idle());

  room r{2};
  r.join(here, guest(1, "ann"));
  r.restate(here, {guest(1, "ann", false)});
  r.restate(there, {});
  CHECK(r.out.to<joined_channel>(0).size() == 1);
  r.leave(here, 1);
  CHECK(r.users().empty());
  CHECK(r.state.idle());
}

TEST_CASE("what an edge says after it restated counts") {
  room r{2};
  r.restate(here, {guest(1, "ann", true)});
  r.leave(here, 1);
  r.join(here, guest(2, "ben"));
  r.restate(there, {});
  CHECK(r.users() == names{"ben"});
}
