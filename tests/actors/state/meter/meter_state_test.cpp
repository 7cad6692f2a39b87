#include "actors/state/meter/meter_state.hpp"

#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::meter;

namespace {

constexpr tick start{1'000'000}; // not the first of a day
constexpr auto ms = 1'000'000;

struct meter_fixture {
  meter_state meter{start.ends()};

  meter_fixture() {
    meter.name(0, {"5"});
    meter.name(1, {"3"});
  }
  void opened(app_index app, tick t, int after_ms) {
    meter.note(0, {app, lifecycle::kind::opened, 0, 0, 0}, at(t, after_ms));
  }
  void closed(app_index app, tick t, int after_ms) {
    meter.note(0, {app, lifecycle::kind::closed, 0, 0, 0}, at(t, after_ms));
  }
  // An instant in tick t.
  static cluster_ns at(tick t, int after_ms) {
    return (t - 1).ends() + std::int64_t{after_ms} * ms;
  }
  std::vector<tick_block> read(tick t, std::vector<app_now> apps) {
    return meter.read(t, apps);
  }
};

app_now reading(app_index app, std::uint64_t open) {
  return {app, {.open = open}, 0, 0, 0};
}

const tick_figures& row(const tick_block& block, const char* app) {
  for (auto& x : block.apps)
    if (x.app.text == app)
      return x.figures;
  FAIL("no row of \"" << app << "\"");
  return block.apps.front().figures;
}

} // namespace

TEST_CASE("lowest, highest and connection-time are those of the instants") {
  meter_fixture f;
  auto t = start + 1;
  f.opened(0, t, 100);
  f.opened(0, t, 200);
  f.closed(0, t, 700);
  auto blocks = f.read(t, {reading(0, 1)});
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].restated);
  auto& x = row(blocks[0], "5");
  CHECK(x.now.open == 1);
  CHECK(x.lowest == 0);
  CHECK(x.highest == 2);
  CHECK(x.connection_ms == 900 + 500);
  CHECK(x.did.opened == 2);
  CHECK(x.did.closed[0] == 1);
  CHECK(f.meter.drift() == 0);
}

TEST_CASE("an idle app has no row, an idle node a block without rows") {
  meter_fixture f;
  f.opened(0, start + 1, 1);
  f.read(start + 1, {reading(0, 1)});
  auto blocks = f.read(start + 2, {reading(0, 1), reading(1, 0)});
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0] == tick_block{start + 2, false, {}});
}

TEST_CASE("all apps are the sum, with the extremes of the sum") {
  meter_fixture f;
  auto t = start + 1;
  f.opened(0, t, 100);
  f.closed(0, t, 200);
  f.opened(1, t, 300);
  f.closed(1, t, 400);
  auto block = f.read(t, {}).front();
  CHECK(row(block, "").highest == 1);
  CHECK(row(block, "5").highest == 1);
  CHECK(row(block, "3").highest == 1);
  CHECK(row(block, "").did.opened == 2);
  CHECK(row(block, "").connection_ms == 200);
  CHECK(block.apps.front().app == all_apps);
}

TEST_CASE("after a pause, who has no end pending was open throughout") {
  meter_fixture f;
  f.opened(0, start + 1, 100);
  f.opened(0, start + 1, 100);
  f.read(start + 1, {reading(0, 2)});
  // Ten seconds of nothing; one of the two was found closed on waking.
  f.meter.note(0, {0, lifecycle::kind::closed, 1, 0, 0}, f.meter.last().ends());
  auto blocks = f.read(start + 11, {reading(0, 1)});
  REQUIRE(blocks.size() == 10);
  CHECK(row(blocks[0], "5").now.open == 1);
  CHECK(row(blocks[0], "5").connection_ms == 1000);
  CHECK(row(blocks[0], "5").lowest == 1);
  CHECK(row(blocks[0], "5").highest == 2); // as the tick began
  for (std::size_t i = 1; i < 10; ++i)
    CHECK(blocks[i] == tick_block{start + 2 + static_cast<int>(i), false, {}});
}

TEST_CASE("no tick is stated twice") {
  meter_fixture f;
  CHECK(f.read(start + 1, {}).size() == 1);
  f.opened(0, start + 2, 1);
  CHECK(f.read(start + 1, {reading(0, 1)}).empty());
  CHECK(f.read(start, {reading(0, 1)}).empty());
  auto blocks = f.read(start + 2, {reading(0, 1)});
  REQUIRE(blocks.size() == 1);
  CHECK(row(blocks[0], "5").did.opened == 1);
}

TEST_CASE("the first tick of a day and what follows a loss are restated") {
  meter_state meter{day{100}.last().ends() - 2 * ns_per_second};
  meter.name(0, {"5"});
  std::vector apps{reading(0, 4)};
  meter.read(day{100}.last() - 1, apps);
  CHECK(!meter.read(day{100}.last(), apps).front().restated);
  auto first = meter.read(day{101}.first(), apps).front();
  CHECK(first.restated);
  CHECK(row(first, "5") == tick_figures::idle({.open = 4}));
  CHECK(row(first, "") == tick_figures::idle({.open = 4}));
  auto t = day{101}.first();
  CHECK(!meter.read(t + 1, apps).front().restated);
  meter.lose(t + 5);
  CHECK(meter.last() == t + 5);
  CHECK(meter.read(t + 6, apps).front().restated);
  meter.restate();
  CHECK(meter.read(t + 7, apps).front().restated);
}

TEST_CASE("after a loss the levels are those that lead to the reading") {
  meter_fixture f;
  f.opened(0, start + 1, 1);
  f.read(start + 1, {reading(0, 1)});
  f.meter.lose(start + 3); // meanwhile four more, of whom nothing was told
  f.closed(0, start + 4, 500);
  auto blocks = f.read(start + 4, {reading(0, 4)});
  REQUIRE(blocks.size() == 1);
  auto& x = row(blocks[0], "5");
  CHECK(x.highest == 5);
  CHECK(x.lowest == 4);
  CHECK(x.connection_ms == 4500);
  CHECK(f.meter.drift() == 0);
}

TEST_CASE("the reading is the truth, and the difference is drift") {
  meter_fixture f;
  f.opened(0, start + 1, 1);
  auto block = f.read(start + 1, {reading(0, 3)}).front();
  CHECK(row(block, "5").now.open == 3);
  CHECK(row(block, "").now.open == 3);
  CHECK(f.meter.drift() == 2);
  f.read(start + 2, {reading(0, 3)});
  CHECK(f.meter.drift() == 0);
  // A close that was told and did not happen.
  f.closed(0, start + 3, 1);
  auto again = f.read(start + 3, {}).front();
  CHECK(row(again, "5").now.open == 3);
  CHECK(f.meter.drift() == 1);
}

TEST_CASE("what a reactor tells after its part of a reading is of the next") {
  meter_fixture f;
  auto t = start + 1;
  f.opened(0, t, 1);
  f.meter.freeze(0);
  f.opened(0, t + 1, 1); // of the next
  f.meter.note(1, {0, lifecycle::kind::opened, 0, 0, 0},
               f.at(t + 1, 5)); // late, but of this one
  auto block = f.read(t, {reading(0, 2)}).front();
  CHECK(row(block, "5").did.opened == 2);
  CHECK(f.meter.drift() == 0);
  block = f.read(t + 1, {reading(0, 3)}).front();
  CHECK(row(block, "5").did.opened == 1);
  CHECK(row(block, "5").connection_ms == 2999);
}

TEST_CASE("parts of a millisecond are carried on") {
  meter_fixture f;
  f.meter.note(0, {0, lifecycle::kind::opened, 0, 0, 0}, start.ends() + ms / 2);
  auto first = f.read(start + 1, {reading(0, 1)}).front();
  CHECK(row(first, "5").connection_ms == 999);
  f.meter.note(0, {0, lifecycle::kind::closed, 0, 0, 0},
               (start + 1).ends() + ms / 2);
  auto second = f.read(start + 2, {reading(0, 0)}).front();
  CHECK(row(second, "5").connection_ms == 1);
}

TEST_CASE("nothing of an internal app is billed, and what an app excepts is "
          "not") {
  meter_state meter{start.ends()};
  meter.name(0, {"5"}, true);
  meter.name(1, {"6"});
  std::vector<app_now> apps{reading(0, 3),
                            {1, {.open = 10, .unbilled = 4, .users = 7}}};
  auto block = meter.read(start + 1, apps).front();
  CHECK(row(block, "5").now.billable() == 0);
  CHECK(row(block, "6").now.billable() == 6);
  CHECK(row(block, "").now.billable() == 6);
  CHECK(row(block, "").now.users == 7);
}

TEST_CASE("indexes of one app are added up, and refusals without one counted") {
  meter_fixture f;
  f.meter.name(2, {"5"});
  f.opened(0, start + 1, 1);
  f.opened(2, start + 1, 1);
  f.meter.note(0, {no_app, lifecycle::kind::refused, 0, 0, 0},
               f.at(start + 1, 1));
  CHECK(!f.meter.note(0, {77, lifecycle::kind::opened, 0, 0, 0},
                      f.at(start + 1, 1)));
  auto block = f.read(start + 1, {reading(0, 1), reading(2, 1)}).front();
  CHECK(row(block, "5").now.open == 2);
  CHECK(row(block, "").did.refused[0] == 1);
  CHECK(f.meter.drift() == 0);
}

TEST_CASE("counters are told as what they grew by") {
  meter_fixture f;
  auto grown = [](std::uint64_t n) {
    return app_now{0, {}, n, 10 * n, 99 * n};
  };
  f.read(start + 1, {grown(5)});
  auto block = f.read(start + 2, {grown(7)}).front();
  CHECK(row(block, "5").did.broadcasts == 2);
  CHECK(row(block, "5").did.deliveries == 20);
  CHECK(row(block, "").did.bytes == 198);
}
