// Wishes: restated after a restart, and answered one by one or together.
#include "tests/actors/state/router_bench.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

// -- after a restart ----------------------------------------------------------

TEST_CASE("a restarted ROUTER restates everything as a new edge") {
  router_bench b;
  fake_subscriber one{1}, two{2}, ann{3}, ben{4};
  b.wish(one);
  b.joined(one);
  b.wish(two, "sports");
  b.enter(ann, "ann");
  b.come(ben, "ben");
  b.out.count();
  b.state.adopt({0, 2});
  CHECK(b.state.edge() == edge_id{0, 2});
  REQUIRE(b.out.records.size() == 3);
  for (auto& record : b.out.records) {
    auto& told = std::get<restate_edge>(record);
    CHECK(told.edge == edge_id{0, 2});
    if (told.channel == key("news")) {
      REQUIRE(told.subscribers.size() == 1);
      CHECK(told.subscribers[0].attached);
      CHECK(told.subscriptions == 1);
    } else if (told.channel == key("sports")) {
      REQUIRE(told.subscribers.size() == 1);
      CHECK_FALSE(told.subscribers[0].attached);
    } else {
      REQUIRE(told.subscribers.size() == 2);
      CHECK(told.subscribers[0].attached);
      CHECK(told.subscribers[0].user == user("ann"));
      CHECK_FALSE(told.subscribers[1].attached);
      CHECK(told.subscribers[1].user == user("ben"));
    }
  }
}

TEST_CASE("a channel that asks is told, of nothing as well") {
  router_bench b;
  fake_subscriber one{1};
  b.wish(one);
  b.joined(one);
  b.out.count();
  b.state.apply(restate_channel{key("news")});
  CHECK(b.out.only<restate_edge>()->subscribers.size() == 1);
  b.state.apply(restate_channel{key("never heard of")});
  auto none = b.out.only<restate_edge>();
  REQUIRE(none);
  CHECK(none->subscribers.empty());
}

TEST_CASE("wishes nobody has any more are not restated") {
  router_bench b;
  fake_subscriber one{1};
  b.wish(one);
  b.state.leave(one, "news");
  b.out.count();
  b.state.adopt({0, 2});
  CHECK(b.out.count() == 0);
}

// -- channels that are asked for each -----------------------------------------

TEST_CASE("a channel that greets is asked for every subscriber") {
  router_bench b;
  fake_subscriber one{1}, two{2}, three{3};
  b.wish(one, "cache-x");
  b.wish(two, "cache-x");
  CHECK(b.out.count() == 2);
  b.joined(two, "cache-x", {event("cached")});
  CHECK(one.take_names().empty());
  CHECK(two.take_names() == names{succeeded, "cached"});
  b.deliver("cache-x", "later");
  b.joined(one, "cache-x", {event("later")});
  CHECK(one.take_names() == names{succeeded, "later"});
  CHECK(two.take_names() == names{"later"});
  b.wish(three, "cache-x"); // though the channel knows this edge
  CHECK(b.out.only<join_channel>()->who.who == three.socket());
  b.joined(three, "cache-x", {event("later")});
  CHECK(three.take_names() == names{succeeded, "later"});
  b.state.leave(one, "cache-x");
  b.state.leave(two, "cache-x");
  CHECK(b.out.count() == 0);
  b.state.leave(three, "cache-x");
  CHECK(b.out.only<left_channel>()->wish == 0);
}

TEST_CASE("an edge restates each wish of a channel that greets") {
  router_bench b;
  fake_subscriber one{1}, two{2}, three{3}, four{4};
  for (auto* who : {&one, &two, &three, &four})
    b.wish(*who, "cache-x");
  b.joined(one, "cache-x");
  b.joined(two, "cache-x");
  b.out.count();
  b.state.apply(restate_channel{key("cache-x"), 7});
  auto told = b.out.only<restate_edge>();
  REQUIRE(told);
  CHECK(told->round == 7);
  CHECK(told->subscriptions == 2);
  REQUIRE(told->subscribers.size() == 3); // one stands for the attached
  CHECK(told->subscribers[0].attached);
  CHECK(told->subscribers[1].who == three.socket());
  CHECK(told->subscribers[2].who == four.socket());
  CHECK(told->subscribers[2].wish == b.asked("cache-x", four.socket()));
}

TEST_CASE("an answer to a former wish is not taken for one to a later") {
  router_bench b;
  fake_subscriber ann{1};
  b.come(ann, "ann");
  auto former = b.asked("presence-x", ann.socket());
  b.state.leave(ann, "presence-x");
  b.come(ann, "ben");
  b.out.count();
  b.members(false, {"ann"});
  b.state.apply(joined_channel{key("presence-x"), ann.socket(), former});
  CHECK(ann.take_names().empty());
  // Whoever was let in by mistake must not stay a member.
  CHECK(b.out.only<left_channel>()->wish == former);
  b.state.apply(refused_join{key("presence-x"), ann.socket(), "LimitReached",
                             "full", 4100, former});
  CHECK(ann.take_names().empty());
  b.members(false, {"ben"}, {"ann"});
  b.joined(ann, "presence-x");
  auto seen = ann.take();
  REQUIRE(seen.size() == 1);
  CHECK(ids_in(seen[0]) == names{"ben"});
}

TEST_CASE("a second answer to the same wish says nothing") {
  router_bench b;
  fake_subscriber ann{1};
  b.enter(ann, "ann");
  b.joined(ann, "presence-x");
  CHECK(ann.take_names().empty());
  CHECK(b.out.count() == 0);
  b.state.apply(refused_join{key("presence-x"), ann.socket(), "LimitReached",
                             "full", 4100,
                             b.asked("presence-x", ann.socket())});
  CHECK(b.out.only<restate_edge>()); // it was told yes, and stays
  CHECK(b.state.attached(ann, "presence-x"));
}

TEST_CASE("a grant without the list it belongs to asks for both again") {
  router_bench b;
  fake_subscriber ann{1};
  b.come(ann, "ann");
  b.out.records.clear();
  b.joined(ann, "presence-x"); // the list was lost with a line
  CHECK(ann.take().empty());
  auto again = b.out.only<restate_edge>();
  REQUIRE(again);
  REQUIRE(again->subscribers.size() == 1);
  CHECK_FALSE(again->subscribers[0].attached);
  b.members(true, {"ann"});
  b.joined(ann, "presence-x");
  CHECK(b.state.attached(ann, "presence-x"));
}

TEST_CASE("all who wait for one answer are refused by it") {
  router_bench b;
  fake_subscriber one{1}, two{2};
  b.wish(one);
  b.wish(two);
  b.out.count();
  b.state.apply(refused_join{key("news"), one.socket(), "Closed", "no", 4009,
                             b.asked("news")});
  CHECK(one.take_names() == names{refused});
  CHECK(two.take_names() == names{refused});
  CHECK(b.state.routes() == 0);
}
