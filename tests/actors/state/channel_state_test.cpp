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

// -- presence -----------------------------------------------------------------

TEST_CASE("a newcomer's edge hears of the members before it hears yes") {
  room r;
  r.join(here, guest(1, "ann"));
  REQUIRE(r.out.records.size() == 2);
  auto* all = std::get_if<changed_members>(&r.out.records[0].second);
  REQUIRE(all);
  CHECK(all->whole);
  CHECK(ids_of(all->present) == names{"ann"});
  CHECK(std::holds_alternative<joined_channel>(r.out.records[1].second));

  r.out.clear();
  r.join(here, guest(2, "ben"));
  REQUIRE(r.out.records.size() == 2);
  auto* one = std::get_if<changed_members>(&r.out.records[0].second);
  REQUIRE(one);
  CHECK_FALSE(one->whole);
  CHECK(ids_of(one->present) == names{"ben"});

  r.out.clear();
  r.join(there, guest(3, "cem"));
  REQUIRE(r.out.to<changed_members>(1).size() == 1);
  CHECK(ids_of(r.out.to<changed_members>(1)[0].present)
        == names{"ann", "ben", "cem"});
  REQUIRE(r.out.to<changed_members>(0).size() == 1);
  CHECK(ids_of(r.out.to<changed_members>(0)[0].present) == names{"cem"});
}

TEST_CASE("a user with two tabs comes once and goes once") {
  room r;
  r.join(here, guest(1, "ann"));
  r.join(there, guest(2, "ben"));
  r.out.clear();
  r.join(there, guest(3, "ann"));
  CHECK(r.out.to<changed_members>(0).empty());
  CHECK(r.out.to<changed_members>(1).empty());
  CHECK(r.out.to<joined_channel>(1).size() == 1);
  r.out.clear();
  r.leave(here, 1);
  CHECK(r.out.records.empty());
  CHECK(r.users() == names{"ann", "ben"});
  r.leave(there, 3);
  REQUIRE(r.out.to<changed_members>(1).size() == 1);
  CHECK(r.out.to<changed_members>(1)[0].gone == names{"ann"});
  CHECK(r.users() == names{"ben"});
  CHECK(r.state.facts().subscriptions == 1);
}

TEST_CASE("leaving twice, or without having come, changes nothing") {
  room r;
  r.join(here, guest(1, "ann"));
  r.join(here, guest(2, "ann"));
  r.leave(here, 1);
  r.leave(here, 1);
  r.leave(here, 9);
  r.leave(there, 2);
  CHECK(r.users() == names{"ann"});
  r.leave(here, 2);
  CHECK(r.state.idle());
}

TEST_CASE("a full channel refuses users but not their second tabs") {
  room r{0, 2};
  r.join(here, guest(1, "ann"));
  r.join(there, guest(2, "ben"));
  r.out.clear();
  r.join(here, guest(3, "cem"));
  REQUIRE(r.out.records.size() == 1);
  REQUIRE(r.out.to<refused_join>(0).size() == 1);
  CHECK(r.out.to<refused_join>(0)[0].status == 4100);
  CHECK(r.out.to<refused_join>(0)[0].type == "LimitReached");
  r.join(there, guest(4, "ann"));
  CHECK(r.out.to<joined_channel>(1).size() == 1);
  r.leave(there, 2);
  r.join(here, guest(5, "cem"));
  CHECK(r.users() == names{"ann", "cem"});
}

TEST_CASE("a restarted ROUTER's statement announces differences only") {
  room r;
  r.join(here, guest(1, "ann"));
  r.join(here, guest(2, "ben"));
  r.join(there, guest(3, "cem"));
  r.out.clear();
  r.restate({0, 2}, {guest(1, "ann", true), guest(2, "ben", true)});
  CHECK(r.out.to<changed_members>(1).empty());
  REQUIRE(r.out.to<changed_members>(0).size() == 1);
  CHECK(r.out.to<changed_members>(0)[0].whole);

  r.out.clear();
  r.restate({0, 3}, {guest(2, "ben", true), guest(4, "dee", true)});
  REQUIRE(r.out.to<changed_members>(1).size() == 1);
  CHECK(r.out.to<changed_members>(1)[0].gone == names{"ann"});
  CHECK(ids_of(r.out.to<changed_members>(1)[0].present) == names{"dee"});

  r.out.clear();
  r.restate({0, 4}, {});
  CHECK(r.out.count(0) == 0);
  CHECK(r.users() == names{"cem"});
}

TEST_CASE("a granted wish whose answer was lost is granted without a word") {
  room r;
  r.join(there, guest(3, "cem"));
  r.join(here, guest(1, "ann"));
  r.out.clear();
  r.restate({0, 2}, {guest(1, "ann", false), guest(2, "ben", false)});
  // Of the two only ben is news to the others.
  REQUIRE(r.out.to<changed_members>(1).size() == 1);
  CHECK(ids_of(r.out.to<changed_members>(1)[0].present) == names{"ben"});
  CHECK(r.out.to<changed_members>(1)[0].gone.empty());
  CHECK(r.out.to<joined_channel>(0).size() == 2);
  CHECK(r.users() == names{"cem", "ann", "ben"});
}

TEST_CASE("a restarted presence channel states whoever waits as well") {
  room r{2};
  r.restate(here, {guest(1, "ann", true), guest(2, "ben", false)});
  CHECK(r.out.records.empty());
  r.restate(there, {guest(3, "cem", true)});
  for (std::uint32_t edge : {0u, 1u}) {
    auto all = r.out.to<changed_members>(edge);
    REQUIRE(all.size() == 1);
    CHECK(all[0].whole);
    CHECK(all[0].present.size() == 3);
  }
  CHECK(r.out.to<joined_channel>(0).size() == 1);
  CHECK(r.users() == names{"ann", "cem", "ben"});
}

TEST_CASE("a full channel stays within its limit while an edge is silent") {
  room r{0, 2};
  r.state.gather({0, 1}, 3);
  auto restate = [&](edge_id edge, std::vector<attendance> all) {
    r.state.handle(
        restate_edge{
            edge, key(r.name), all.size(), std::move(all), {}, false, 3},
        r.out);
  };
  restate(here, {guest(1, "ann", true)});
  r.state.give_up_waiting(r.out);
  CHECK_FALSE(r.state.gathering());
  CHECK_FALSE(r.state.sure());
  r.out.clear();
  r.join(here, guest(2, "ben")); // his place may be taken there
  CHECK(r.out.records.empty());
  r.join(here, guest(3, "ann")); // a second tab takes none
  CHECK(r.out.to<joined_channel>(0).size() == 1);
  r.join(here, guest(4, "dee"));
  r.leave(here, 4); // and is not waited for any more
  r.out.clear();
  restate(there, {guest(5, "cem", true)});
  CHECK(r.state.sure());
  CHECK(r.out.to<refused_join>(0).size() == 1);
  CHECK(r.out.to<refused_join>(0)[0].wish == 2);
  CHECK(r.users() == names{"ann", "cem"});
}

TEST_CASE("an edge that says nothing of the request is not heard") {
  plain_bench c{"news"};
  c.state.gather({0}, 3);
  c.restate(here, {plain(1, true)});
  CHECK(c.state.gathering());
  c.state.handle(
      restate_edge{here, key("news"), 1, {plain(1, true)}, {}, false, 3},
      c.out);
  CHECK(c.state.sure());
}

// -- moving -------------------------------------------------------------------

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
