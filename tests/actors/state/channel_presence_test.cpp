// Presence channels: who is told of whom.
#include "tests/actors/state/channel_bench.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

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
