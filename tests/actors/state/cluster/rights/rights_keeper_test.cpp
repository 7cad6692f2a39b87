#include "actors/state/cluster/rights_keeper.hpp"

#include "tests/catch.hpp"

#include <algorithm>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

constexpr std::int64_t second = 1'000'000'000;

struct door final : permit_door {
  std::uint32_t used(const std::string&) override { return open; }
  std::uint32_t hold(const std::string&, std::uint32_t n) override {
    return held = std::max(n, open);
  }
  void free(const std::string&) override {}

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
  moment now{second, 1'000'000 * second};
};

} // namespace

TEST_CASE("those who wait on all reactors are added up") {
  bench b;
  b.keeper.may_found(true);
  b.turn();
  auto before = b.at.held;
  b.keeper.waiting(0, "1", before);
  b.keeper.waiting(1, "1", 2);
  auto out = b.turn(second);
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
  b.turn(599 * second);
  out = b.turn(2 * second);
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
