#include "actors/state/cluster/episodes.hpp"

#include "tests/catch.hpp"

#include <memory>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

constexpr std::int64_t second = 1'000'000'000;

struct episode_node {
  explicit episode_node(const char* name) : who{name, 1}, keeper(who) {}

  life who;
  episodes keeper;
  std::uint64_t open = 0;
  episode_effects news;
  bool alive = true;
};

struct group {
  group(std::initializer_list<const char*> names) {
    for (auto* name : names)
      nodes.push_back(std::make_unique<episode_node>(name));
    see();
  }

  void see() {
    std::vector<view_member> members;
    for (auto& x : nodes)
      if (x->alive) {
        members.emplace_back();
        members.back().who = x->who;
      }
    for (auto& x : nodes)
      if (x->alive)
        x->keeper.view_is(make_view(members));
  }

  void run(std::int64_t length) {
    for (auto end = now + length; now < end; now += second / 10)
      for (auto& x : nodes) {
        if (!x->alive)
          continue;
        episode_effects out;
        x->keeper.turn(now, out);
        for (auto& each : out.send)
          for (auto& y : nodes)
            if (y->alive && y->who == each.to)
              y->keeper.take(x->who, each.kind, each.bytes, now);
        for (auto& each : out.opened)
          x->news.opened.push_back(each);
        for (auto& each : out.closed)
          x->news.closed.push_back(each);
      }
  }

  void come(std::size_t at, const char* user = nullptr) {
    auto& x = *nodes[at];
    x.keeper.arrived("1", ++x.open, now);
    if (user)
      x.keeper.user_came("1", user_key("1", user), now, now);
  }

  void kill(std::size_t which) {
    auto& dead = *nodes[which];
    dead.alive = false;
    see();
    for (auto& x : nodes)
      if (x->alive) {
        x->keeper.gone(dead.who);
        x->keeper.lost(dead.who, "1", dead.open, {now / second - 1}, x->open,
                       now);
      }
  }

  episode_summary of(std::size_t at, std::size_t which = 0) {
    return nodes[at]->keeper.all(now).at(which);
  }

  std::vector<std::unique_ptr<episode_node>> nodes;
  std::int64_t now = 1'000'000 * second;
};

} // namespace

TEST_CASE("who was known on a dead node is identified where he comes back") {
  group g{"a", "b", "c"};
  g.come(0, "ann");
  g.come(0, "bob");
  g.come(0);
  g.run(2 * second);
  g.kill(0);
  g.run(second);
  CHECK(g.of(1).lost == 3);
  CHECK(g.of(1).outstanding() == 3);
  CHECK(g.nodes[1]->keeper.moving("1", g.now));
  g.come(1, "ann");
  g.come(2, "bob");
  g.run(second);
  for (std::size_t i : {1u, 2u}) {
    CHECK(g.of(i).identified == 2);
    CHECK(g.of(i).attributed == 0);
    CHECK(g.of(i).open);
  }
  g.come(2); // nobody knows who
  g.run(second);
  CHECK(g.of(1) == g.of(2));
  CHECK(g.of(1).attributed == 1);
  CHECK(!g.of(1).open);
  CHECK(!g.nodes[1]->keeper.moving("1", g.now));
  REQUIRE(g.nodes[1]->news.closed.size() == 1);
}

TEST_CASE("who comes after a death was found is back, though the dead node's "
          "clock was ahead") {
  group g{"a", "b"};
  g.come(0, "ann");
  g.come(0, "bob");
  g.run(2 * second);
  g.nodes[0]->alive = false;
  g.see();
  g.nodes[1]->keeper.gone(g.nodes[0]->who);
  g.nodes[1]->keeper.lost(g.nodes[0]->who, "1", 2, {g.now / second + 3}, 0,
                          g.now);
  g.run(second);
  g.come(1, "ann");
  g.come(1);
  CHECK(g.of(1).identified == 1);
  CHECK(g.of(1).attributed == 1);
}

TEST_CASE("who came before a reading that is found late is not one of those "
          "whom it says are lost") {
  group g{"a", "b"};
  for (auto* user : {"ann", "bob", "cid"})
    g.come(0, user);
  g.run(2 * second);
  auto before = meter::tick{g.now / second};
  // a is cut off; ann and another one leave it, of which b does not hear.
  g.nodes[0]->alive = false;
  g.see();
  g.run(2 * second);
  g.come(1, "ann");
  g.come(1);
  g.run(2 * second);
  auto& b = g.nodes[1]->keeper;
  auto& a = g.nodes[0]->who;
  b.gone(a);
  b.lost(a, "1", 3, before, 0, g.now);
  CHECK(g.of(1).identified == 1);
  CHECK(g.of(1).attributed == 1);
  b.lost(a, "1", 1, {g.now / second - 1}, 2, g.now);
  CHECK(g.of(1).lost == 1);
  CHECK(g.of(1).back() == 0);
  CHECK(!g.of(1).half_ns);
  g.run(2 * second);
  g.come(1, "bob");
  g.run(2 * second);
  CHECK(g.of(1).identified == 1);
  CHECK(g.of(1).attributed == 0);
}

TEST_CASE("what is passed on of a dead node's users is all that it said, also "
          "of those who left it unseen by some") {
  group g{"a", "b", "c"};
  g.come(0, "ann");
  g.come(0, "bob");
  g.run(2 * second);
  // c is cut off; alone in a view, a forgets who left, and begins anew with b.
  g.nodes[2]->alive = g.nodes[1]->alive = false;
  g.see();
  g.nodes[0]->keeper.user_left("1", user_key("1", "bob"));
  --g.nodes[0]->open;
  g.run(2 * second);
  g.nodes[1]->alive = true;
  g.see();
  g.run(2 * second);
  g.nodes[2]->alive = true;
  g.kill(0);
  g.run(3 * second);
  g.come(1, "bob");
  g.run(2 * second);
  for (std::size_t i : {1u, 2u}) {
    CHECK(g.of(i).identified == 0);
    CHECK(g.of(i).attributed == 1);
  }
}

TEST_CASE("all say the same of a user whom only a node that died too knew of") {
  group g{"a", "b", "c", "d"};
  g.nodes[3]->alive = false;
  g.see();
  g.come(0, "bob");
  g.run(2 * second);
  g.nodes[2]->alive = false; // does not hear of ann
  g.come(0, "ann");
  g.run(second);
  g.kill(0);
  g.come(1, "ann");
  g.nodes[3]->alive = true;
  g.see();
  g.run(second / 10); // d hears of her from b, that dies too
  CHECK(g.of(3).identified == 1);
  g.nodes[2]->alive = true;
  g.nodes[2]->keeper.gone(g.nodes[0]->who);
  g.nodes[3]->keeper.gone(g.nodes[0]->who);
  g.kill(1);
  g.run(3 * second);
  CHECK(g.of(2) == g.of(3));
}

TEST_CASE("a user who comes twice is back once") {
  group g{"a", "b", "c"};
  g.come(0, "ann");
  g.come(0, "bob");
  g.run(2 * second);
  g.kill(0);
  g.run(second);
  g.come(1, "ann");
  g.run(second);
  g.come(2, "ann");
  g.run(second);
  CHECK(g.of(1).identified == 1);
}

TEST_CASE("who had left before the death is not one of the lost, also if that "
          "is heard later") {
  group g{"a", "b", "c"};
  g.come(0, "ann");
  g.come(0, "bob");
  g.run(2 * second);
  g.nodes[1]->alive = false; // hears nothing for a while
  g.nodes[0]->keeper.user_left("1", user_key("1", "ann"));
  g.nodes[0]->open = 1;
  g.run(second);
  g.nodes[1]->alive = true;
  g.kill(0);
  g.come(1, "ann");
  CHECK(g.of(1).identified == 1); // as far as it knows
  g.run(4 * second);
  CHECK(g.of(1).identified == 0);
  g.come(2, "bob");
  g.run(second);
  CHECK(g.of(1).identified == 1);
  CHECK(g.of(1) == g.of(2));
}

TEST_CASE("no more are attributed than the gauge has grown") {
  group g{"a", "b"};
  g.come(0);
  g.come(0);
  g.come(1);
  g.run(2 * second);
  g.kill(0);
  g.run(second);
  --g.nodes[1]->open; // somebody leaves
  g.come(1);          // somebody comes: the gauge is where it was
  g.run(second);
  CHECK(g.of(1).attributed == 0);
  g.come(1);
  g.run(second);
  CHECK(g.of(1).attributed == 1);
}

TEST_CASE("an account outlives who reports it") {
  group g{"a", "b", "c"};
  g.come(0, "ann");
  g.come(0, "bob");
  g.run(2 * second);
  g.kill(0);
  g.run(second);
  g.come(1, "ann");
  g.run(second);
  g.kill(1);
  g.run(second);
  g.come(2, "ann"); // the second time for her
  g.come(2, "bob");
  g.run(second);
  CHECK(g.of(2, 0).lost == 2);
  CHECK(g.of(2, 0).identified == 2);
  CHECK(g.of(2, 1).lost == 1);
  CHECK(g.of(2, 1).identified == 1);
}

TEST_CASE("who has not come after ten minutes is gone") {
  group g{"a", "b"};
  g.come(0);
  g.run(2 * second);
  g.kill(0);
  g.run(599 * second);
  CHECK(g.of(1).open);
  g.run(3 * second);
  CHECK(!g.of(1).open);
  CHECK(g.of(1).outstanding() == 1);
  g.come(1);
  g.run(second);
  CHECK(g.of(1).attributed == 0);
  g.run(120 * second); // a line of history
  CHECK(g.of(1).lost == 1);
}

TEST_CASE("it is known how long the return took") {
  group g{"a", "b"};
  for (int i = 0; i < 10; ++i)
    g.come(0);
  g.run(2 * second);
  g.kill(0);
  g.run(second);
  for (int i = 0; i < 5; ++i)
    g.come(1);
  g.run(4 * second);
  for (int i = 0; i < 4; ++i)
    g.come(1);
  g.run(second);
  auto seen = g.of(1);
  REQUIRE(seen.half_ns);
  CHECK(*seen.half_ns >= second);
  CHECK(*seen.half_ns < 2 * second);
  REQUIRE(seen.most_ns);
  CHECK(*seen.most_ns >= 5 * second);
  CHECK(*seen.most_ns < 7 * second);
  CHECK(!seen.nearly_all_ns);
}

TEST_CASE("users beyond the bound are attributed") {
  episode_settings few;
  few.known_users = 1;
  episodes dying{{"a", 1}, few}, living{{"b", 1}, few};
  std::vector<view_member> both(2);
  both[0].who = {"a", 1};
  both[1].who = {"b", 1};
  auto now = 1000 * second;
  dying.view_is(make_view(both));
  living.view_is(make_view(both));
  for (auto* user : {"ann", "bob"})
    dying.user_came("1", user_key("1", user), now, now);
  episode_effects out;
  dying.turn(now, out);
  for (auto& each : out.send)
    living.take({"a", 1}, each.kind, each.bytes, now);
  living.gone({"a", 1});
  living.lost({"a", 1}, "1", 2, {999}, 0, now);
  now += second;
  std::uint64_t open = 0;
  for (auto* user : {"ann", "bob"}) {
    living.arrived("1", ++open, now);
    living.user_came("1", user_key("1", user), now, now);
  }
  auto seen = living.all(now).at(0);
  CHECK(seen.identified == 1);
  CHECK(seen.attributed == 1);
}

TEST_CASE("who is sent away by a drain is awaited like the others") {
  group g{"a", "b", "c"};
  for (int i = 0; i < 4; ++i)
    g.come(0);
  g.run(second);
  g.nodes[0]->keeper.sent_away("1", 2, g.now);
  g.run(second);
  CHECK(g.nodes[1]->keeper.outstanding("1", g.now) == 2);
  CHECK(g.nodes[1]->keeper.share("1", g.now) == 1);
  g.come(1);
  g.run(second);
  CHECK(g.nodes[2]->keeper.outstanding("1", g.now) == 1);
}

TEST_CASE("a node that comes later learns of the accounts") {
  group g{"a", "b"};
  g.come(0, "ann");
  g.come(0, "bob");
  g.run(2 * second);
  g.kill(0);
  g.come(1, "ann");
  g.run(second);
  g.nodes.push_back(std::make_unique<episode_node>("d"));
  g.nodes.back()->keeper.gone({"a", 1});
  g.see();
  g.run(3 * second);
  CHECK(g.of(2) == g.of(1));
  g.come(2, "bob");
  g.run(second);
  CHECK(g.of(1).identified == 2);
}

TEST_CASE("times of return fall into buckets of a fifth") {
  CHECK(time_bucket(0) == 0);
  CHECK(time_bucket(50'000'000) == 0);
  CHECK(time_bucket(50'000'001) == 1);
  for (std::size_t i = 0; i < time_buckets; ++i)
    CHECK(time_bucket(bucket_ends_ns(i)) == i);
  CHECK(bucket_ends_ns(time_buckets - 1) > 600 * second);
}
