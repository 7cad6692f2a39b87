// Channels that move from one node to another.
#include "tests/actors/state/channel_bench.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

namespace {

void stated(plain_bench& c, edge_id edge) {
  c.state.handle(edge_stated{edge, 9}, c.out);
}

} // namespace

TEST_CASE("a channel that moved here is whole when every edge has stated all") {
  plain_bench c{"news"};
  c.state.gather({0, 1, 256}, 0);
  c.publish(1);
  c.restate(here, {plain(1, true)});
  CHECK(c.state.gathering()); // it may restate more than once
  stated(c, here);
  stated(c, there); // has nothing here, and says so without naming the channel
  CHECK(c.state.gathering());
  CHECK(c.out.publishes.empty());
  stated(c, {256, 1});
  CHECK(c.state.sure());
  CHECK(c.out.to<deliver_event>(0).size() == 1);
  CHECK(c.out.count(1) == 0);
  REQUIRE(c.out.publishes.size() == 1);
  CHECK(c.out.publishes[0].number == 1);
}

TEST_CASE("an edge whose node has gone is not waited for, asked or not") {
  for (std::uint64_t round : {0u, 4u}) {
    plain_bench c{"news"};
    c.join({256, 1}, plain(1));
    c.state.gather({256}, round);
    c.publish(1);
    c.state.handle(edge_gone{256}, c.out);
    CHECK(c.state.sure());
    CHECK(c.out.publishes.size() == 1);
    CHECK(c.state.idle());
  }
}

TEST_CASE("statements of all that others asked for do not answer a request") {
  plain_bench c{"news"};
  c.state.gather({0}, 4);
  stated(c, here);
  CHECK(c.state.gathering());
}

TEST_CASE("of what a former life of an edge said only the mentioned stays") {
  room r;
  r.join(here, guest(1, "ann"));
  r.join({256, 1}, guest(2, "ben"));
  r.join({256, 1}, guest(3, "cem"));
  r.out.clear();
  r.state.handle(edge_stated{{256, 1}, 9}, r.out); // of the same life
  CHECK(r.out.records.empty());
  CHECK(r.users() == names{"ann", "ben", "cem"});
  CHECK(r.state.concerned_by({256, 2}));
  r.restate({256, 2}, {guest(2, "ben", true)});
  CHECK(r.users() == names{"ann", "ben"});
  r.state.handle(edge_stated{{256, 2}, 9}, r.out);
  CHECK(r.users() == names{"ann", "ben"});
  r.state.handle(edge_stated{{256, 3}, 9}, r.out); // said nothing of it
  CHECK(r.users() == names{"ann"});
  CHECK(r.out.reported<member_removed>().size() == 2);
}

TEST_CASE("an edge that states everything takes back what it leaves out") {
  room r;
  r.join(here, guest(1, "alice"));
  r.join(there, guest(2, "bob"));
  r.join(there, guest(3, "carol"));
  r.state.handle(edge_up{there, {}}, r.out);
  CHECK(r.users() == names{"alice", "bob", "carol"}); // until it has said all
  r.state.handle(edge_stated{here, 9}, r.out);
  CHECK(r.users().size() == 3);
  r.state.handle(edge_stated{there, 9}, r.out);
  CHECK(r.users() == names{"alice"});
  r.join(there, guest(4, "dave"));
  r.state.handle(edge_up{there, {}}, r.out);
  r.restate(there, {guest(4, "dave", true)});
  r.state.handle(edge_stated{there, 9}, r.out);
  CHECK(r.users() == names{"alice", "dave"});
  r.state.handle(edge_stated{there, 9}, r.out); // only what has moved
  CHECK(r.users() == names{"alice", "dave"});
}

TEST_CASE("who waits at a channel that moved here waits for all edges") {
  plain_bench c{"news"};
  c.state.gather({0, 1}, 0);
  c.restate(here, {plain(1, false)});
  CHECK(c.out.records.empty());
  c.state.handle(edge_stated{here, 9}, c.out);
  c.state.handle(edge_stated{there, 8, true}, c.out); // of a view before
  CHECK(c.out.records.empty());
  c.state.handle(edge_stated{there, 9}, c.out);
  CHECK(c.out.to<joined_channel>(0).size() == 1);
}

TEST_CASE("what a former life said and that was held is not so any more") {
  room r;
  r.state.gather({0, 1}, 0);
  r.join({1, 1}, guest(5, "old"));
  r.join({1, 2}, guest(6, "new"));
  r.state.handle(edge_stated{{1, 2}, 9}, r.out);
  r.state.handle(edge_stated{here, 9}, r.out);
  CHECK(r.users() == names{"new"});
}

TEST_CASE("a channel that moves away refuses what it held, and says nothing") {
  plain_bench c{"news"};
  c.join(here, plain(1));
  c.state.gather({0, 1}, 0);
  c.publish(5);
  c.state.handle(describe_channel{key("news"), {0, 6}}, c.out);
  c.out.clear();
  CHECK_FALSE(c.state.resign(c.out));
  CHECK(c.out.records.empty());
  CHECK(c.out.reports.empty());
  REQUIRE(c.out.answers.size() == 2);
  for (auto& x : c.out.answers) {
    CHECK(x.refused);
    CHECK_FALSE(x.complete);
  }
}

TEST_CASE("the last event moves with what is left of its time") {
  constexpr std::int64_t minute = 60'000'000'000;
  said_by_channel out;
  plain_channel old{key("cache-x"), minute};
  old.handle(publish_event{key("cache-x"), some_event(), {}, {}}, out);
  out.clock += minute / 4;
  auto event = old.resign(out);
  REQUIRE(event);
  CHECK(event->left_ns == minute * 3 / 4);

  plain_channel next{key("cache-x"), minute};
  next.gather({0}, 0);
  next.handle(*event, out);
  next.handle(edge_stated{here, 9}, out);
  next.handle(join_channel{here, key("cache-x"), plain(1)}, out);
  auto joined = out.to<joined_channel>(0);
  REQUIRE(joined.size() == 1);
  REQUIRE(joined[0].greeting.size() == 1);
  CHECK(joined[0].greeting[0]->bytes() == event->event->bytes());
  out.clock += minute * 3 / 4;
  next.wake(out);
  CHECK_FALSE(next.copy_of_event(out.clock));

  // What was published at the new owner is younger.
  plain_channel busy{key("cache-x"), minute};
  auto young = text_frame(R"({"event":"young"})");
  busy.handle(publish_event{key("cache-x"), young, {}, {}}, out);
  busy.handle(*event, out);
  CHECK(busy.copy_of_event(out.clock)->event->bytes() == young->bytes());
}
