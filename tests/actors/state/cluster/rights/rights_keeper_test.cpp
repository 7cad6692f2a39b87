#include "actors/state/cluster/rights_keeper.hpp"

#include "tests/catch.hpp"

#include <algorithm>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

struct door final : permit_door {
  std::uint32_t used(const std::string&) override { return open; }
  std::uint32_t hold(const std::string&, std::uint32_t n) override {
    return held = std::max(n, open);
  }
  void lift(const std::string&) override {}

  std::uint32_t open = 0;
  std::uint32_t held = 0;
};

struct bench {
  bench() {
    std::vector<app_right> apps{{"1", 10}, {"2", 0}};
    keeper.apps_are(apps);
    view_member me;
    me.who = {"a", 1};
    keeper.view_is(std::make_shared<const view>(make_view({me})));
  }

  rights_effects turn(std::int64_t after = 0) {
    now.steady_ns += after;
    now.cluster += after;
    rights_effects out;
    keeper.turn(now, out);
    return out;
  }

  door at;
  rights_keeper keeper{{"a", 1}, at};
  moment now{second_ns, 1'000'000 * second_ns};
};

} // namespace

TEST_CASE("those who wait on all reactors are added up") {
  bench b;
  b.keeper.may_found(true);
  b.turn();
  auto before = b.at.held;
  b.keeper.waiting(0, "1", before);
  b.keeper.waiting(1, "1", 2);
  auto out = b.turn(second_ns);
  CHECK(b.at.held >= before + 2);
  CHECK(out.more == std::vector<std::string>{"1"});
}

TEST_CASE("doors hear of clients on their way, and when that is over") {
  bench b;
  b.keeper.gone({"b", 2});
  b.keeper.lost({"b", 2}, "1", 3, {999'999}, 0, b.now);
  auto out = b.turn();
  REQUIRE(out.moving.size() == 1);
  CHECK(out.moving[0] == app_moving{"1", true, 3});
  REQUIRE(out.opened.size() == 1);
  CHECK(b.turn().moving.empty()); // nothing new
  b.keeper.opened("1", 1, b.now);
  out = b.turn();
  REQUIRE(out.moving.size() == 1);
  CHECK(out.moving[0].share == 2);
  b.turn(599 * second_ns);
  out = b.turn(2 * second_ns);
  REQUIRE(out.moving.size() == 1);
  CHECK(!out.moving[0].moving);
  CHECK(out.closed.size() == 1);
}

TEST_CASE("a record of either kind finds its reader") {
  bench b;
  CHECK(!b.keeper.take({"b", 1}, permit_grants_kind, "x", b.now));
  CHECK(!b.keeper.take({"b", 1}, cells_kind, "x", b.now));
  wire_writer out;
  write(out, cells_taken{});
  CHECK(b.keeper.take({"b", 1}, cells_taken_kind, out.bytes(), b.now));
}

namespace {

last_reading read_of(const life& who, std::int64_t at, std::uint64_t open) {
  return {who, {at}, false, {{{"1"}, open, 0, {at}}}};
}

} // namespace

TEST_CASE("an account opens when NODE and the rows have spoken, in any order") {
  bench b;
  b.keeper.stood(read_of({"b", 2}, 999'999, 3), b.now);
  CHECK(b.turn().opened.empty());
  b.keeper.gone({"b", 2});
  b.keeper.died({"b", 2}, b.now.cluster - 5, b.now);
  REQUIRE(b.turn().opened.size() == 1);
  CHECK(b.keeper.failovers(b.now).at(0).opened == b.now.cluster - 5);
  b.keeper.died({"c", 3}, b.now.cluster, b.now);
  CHECK(b.turn().opened.empty());
  b.keeper.stood(read_of({"c", 3}, 999'999, 1), b.now);
  CHECK(b.turn().opened.size() == 1);
}

TEST_CASE("a later row puts right what an account lost, also to nothing") {
  bench b;
  b.keeper.died({"b", 2}, b.now.cluster, b.now);
  b.keeper.stood(read_of({"b", 2}, 999'998, 3), b.now);
  b.keeper.stood(read_of({"b", 2}, 999'999, 2), b.now);
  CHECK(b.keeper.failovers(b.now).at(0).lost == 2);
  b.keeper.stood(read_of({"b", 2}, 999'997, 9), b.now);
  CHECK(b.keeper.failovers(b.now).at(0).lost == 2);
  b.keeper.stood({{"b", 2}, {1'000'000}, false, {}}, b.now);
  CHECK(b.keeper.failovers(b.now).empty());
}

TEST_CASE("what others say of a death before this node began is put right") {
  bench b;
  view_member me, author;
  me.who = {"a", 1};
  author.who = {"c", 3};
  episodes other{author.who};
  other.view_is(make_view({me, author}));
  other.gone({"b", 2});
  other.lost({"b", 2}, "1", 1, {999'998}, 0, b.now.cluster);
  episode_effects told;
  other.turn(b.now.cluster, told);
  for (auto& x : told.send)
    b.keeper.take(author.who, x.kind, x.bytes, b.now);
  REQUIRE(b.keeper.failovers(b.now).size() == 1);
  CHECK(b.keeper.failovers(b.now)[0].lost == 1);
  b.keeper.stood(read_of({"b", 2}, 999'999, 3), b.now);
  CHECK(b.keeper.failovers(b.now)[0].lost == 3);
  b.keeper.stood(read_of({"d", 4}, 999'999, 3), b.now);
  CHECK(b.keeper.failovers(b.now).size() == 1); // opens none itself
}

TEST_CASE(
    "who came before the last reading is not back, though the dead node's "
    "clock was behind") {
  for (bool after : {false, true}) {
    bench b;
    b.keeper.opened("2", 1, b.now);
    b.keeper.user_came("2", user_key("2", "ann"), 0, b.now);
    b.keeper.user_left("2", user_key("2", "ann"));
    b.turn(second_ns);
    view_member me, author;
    me.who = {"a", 1};
    author.who = {"b", 2};
    episodes dead{author.who};
    dead.view_is(make_view({me, author}));
    auto its = b.now.cluster - 3 * second_ns;
    dead.user_came("2", user_key("2", "ann"), its, its);
    episode_effects told;
    dead.turn(its, told);
    for (auto& x : told.send)
      b.keeper.take(author.who, x.kind, x.bytes, b.now);
    b.turn(second_ns);
    auto read = its / second_ns + 1;
    b.keeper.gone(author.who, -3 * second_ns);
    b.keeper.died(author.who, b.now.cluster, b.now);
    b.keeper.stood({author.who, {read}, false, {{{"2"}, 1, 0, {read}}}}, b.now);
    if (after) {
      b.turn(1);
      b.keeper.user_came("2", user_key("2", "ann"), 0, b.now);
    }
    b.turn(second_ns);
    CHECK(b.keeper.failovers(b.now).at(0).identified == (after ? 1 : 0));
  }
}

TEST_CASE("nobody is awaited of a node that said goodbye") {
  bench b;
  auto left = read_of({"b", 2}, 999'999, 3);
  left.left = true;
  b.keeper.gone({"b", 2});
  b.keeper.stood(left, b.now);
  CHECK(b.turn().opened.empty());
  // Taken for dead by an earlier row: put right when it is known.
  b.keeper.died({"c", 3}, b.now.cluster, b.now);
  b.keeper.stood(read_of({"c", 3}, 999'998, 3), b.now);
  CHECK(b.turn().opened.size() == 1);
  b.keeper.stood({{"c", 3}, {999'999}, true, {}}, b.now);
  CHECK(b.keeper.failovers(b.now).empty());
}

TEST_CASE("a node that starts opens no account of a death of long ago") {
  bench b;
  b.keeper.stood(read_of({"b", 2}, 999'000, 3), b.now);
  b.keeper.died({"b", 2}, b.now.cluster - 601 * second_ns, b.now);
  CHECK(b.turn().opened.empty());
  CHECK(b.keeper.failovers(b.now).empty());
}

TEST_CASE("who is sent away in several rounds is awaited, all together") {
  bench b;
  b.keeper.sent_away("1", 2, b.now);
  b.turn(second_ns);
  b.keeper.sent_away("1", 3, b.now);
  auto all = b.keeper.failovers(b.now);
  REQUIRE(all.size() == 1);
  CHECK(all[0].lost == 5);
  CHECK(all[0].id.drained);
  CHECK(b.keeper.outstanding("1", b.now) == 5);
}
