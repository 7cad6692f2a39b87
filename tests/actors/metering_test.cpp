#include "actors/metering.hpp"

#include "tests/catch.hpp"

using namespace tidewire;

namespace {

constexpr std::int64_t one_second = 1'000'000'000;
// A wall clock at a second's begin, and a steady one that knows nothing of it.
constexpr std::int64_t wall = 1'800'000'000 * one_second;
constexpr std::int64_t steady = 77 * one_second + 5;
constexpr meter::tick zero{1'800'000'000};

metering::clocks after(std::int64_t ns) {
  return {steady + ns, wall + ns};
}

app_table one_app() {
  config::app app;
  app.id = "7";
  return app_table{{app}};
}

reactor_reading reading_of(std::uint32_t reactor, std::uint64_t open) {
  reactor_reading out;
  out.reactor = reactor;
  out.apps.resize(1);
  out.apps[0].open = open;
  return out;
}

lifecycle opening(std::int64_t at_ns) {
  return {0, lifecycle::kind::opened, 0, steady + at_ns, 0};
}

struct metering_fixture {
  metering meter{after(0), {}, 2};

  metering_fixture() { meter.apps_are(one_app()); }

  // Both reactors answer the present round.
  bool answered(std::uint64_t first, std::uint64_t second_one) {
    auto round = meter.present().number;
    meter.take(round, reading_of(0, first));
    return meter.take(round, reading_of(1, second_one));
  }
  std::uint64_t open_at(std::size_t place) const {
    for (auto& x : meter.unconfirmed()[place].apps)
      if (x.app.text == "7")
        return x.figures.now.open;
    return 0;
  }
};

} // namespace

TEST_CASE("a round is frozen when its second ends, and states one tick") {
  metering_fixture f;
  auto& round = f.meter.begin(after(one_second / 4));
  CHECK(round.of == zero + 1);
  CHECK(round.at_ns == steady + one_second);
  f.meter.note(1, std::vector{opening(one_second / 2)});
  CHECK_FALSE(f.meter.take(round.number, reading_of(1, 1)));
  CHECK_FALSE(f.meter.awaits(1));
  CHECK(f.meter.awaits(0));
  CHECK(f.meter.take(round.number, reading_of(0, 0)));
  REQUIRE(f.meter.unconfirmed().size() == 1);
  CHECK(f.meter.unconfirmed()[0].at == zero + 1);
  CHECK(f.open_at(0) == 1);
  CHECK(f.meter.begin(after(one_second + 1)).of == zero + 2);
}

TEST_CASE("who answers twice, or a former round, is not heard") {
  metering_fixture f;
  auto former = f.meter.begin(after(1)).number;
  f.meter.begin(after(2));
  CHECK_FALSE(f.meter.take(former, reading_of(0, 5)));
  CHECK_FALSE(f.meter.take(former, reading_of(1, 5)));
  auto round = f.meter.present().number;
  CHECK_FALSE(f.meter.take(round, reading_of(0, 0)));
  CHECK_FALSE(f.meter.take(round, reading_of(0, 9)));
  CHECK(f.meter.take(round, reading_of(1, 0)));
  CHECK(f.open_at(0) == 0);
}

TEST_CASE("facts told after a reactor froze belong to the next tick") {
  metering_fixture f;
  auto round = f.meter.begin(after(1)).number;
  f.meter.take(round, reading_of(0, 0));
  f.meter.note(0, std::vector{opening(one_second + 5)});
  f.meter.take(round, reading_of(1, 0));
  f.meter.begin(after(one_second + 10));
  CHECK(f.answered(1, 0));
  REQUIRE(f.meter.unconfirmed().size() == 2);
  CHECK(f.open_at(0) == 0);
  CHECK(f.open_at(1) == 1);
  CHECK(f.meter.health().drift == 0);
}

TEST_CASE("a round that is given up loses no fact") {
  metering_fixture f;
  auto round = f.meter.begin(after(1)).number;
  f.meter.take(round, reading_of(0, 0));
  f.meter.note(0,
               std::vector{opening(one_second + 5)}); // for the next, so it was
  f.meter.begin(after(one_second + 10));
  CHECK(f.answered(1, 0));
  CHECK(f.meter.health().drift == 0);
}

TEST_CASE("after a pause every second of it is stated") {
  metering_fixture f;
  f.meter.begin(after(1));
  f.meter.note(0, std::vector{opening(5)});
  f.answered(1, 0);
  f.meter.confirmed(zero + 1, false);
  f.meter.begin(after(10 * one_second + 1));
  f.answered(1, 0);
  REQUIRE(f.meter.unconfirmed().size() == 10);
  CHECK(f.meter.unconfirmed().front().at == zero + 2);
  CHECK(f.meter.unconfirmed().back().at == zero + 11);
}

TEST_CASE("the last tick is the one that now is in, frozen at once") {
  metering_fixture f;
  f.meter.begin(after(1));
  f.answered(0, 0);
  f.meter.begin(after(one_second + 1));
  auto& last = f.meter.begin_last(after(one_second + 2));
  CHECK(last.of == zero + 2);
  CHECK(last.at_ns == 0);
  CHECK(f.answered(0, 0));
  CHECK(f.meter.unconfirmed().back().at == zero + 2);
}

TEST_CASE("what the LEDGER has is forgotten, what it lost is restated") {
  metering_fixture f;
  for (std::int64_t i = 0; i < 3; ++i) {
    f.meter.begin(after(i * one_second + 1));
    f.answered(0, 0);
  }
  CHECK(f.meter.unconfirmed().size() == 3);
  CHECK_FALSE(f.meter.unconfirmed().back().restated);
  f.meter.confirmed(zero + 2, true);
  CHECK(f.meter.unconfirmed().size() == 1);
  f.meter.begin(after(3 * one_second + 1));
  f.answered(0, 0);
  CHECK(f.meter.unconfirmed().back().restated);
}

TEST_CASE("a LEDGER that takes nothing costs so much memory and no more") {
  metering_fixture f;
  for (std::size_t i = 0; i < metering::max_unconfirmed + 50; ++i) {
    f.meter.begin(after(static_cast<std::int64_t>(i) * one_second + 1));
    f.answered(0, 0);
  }
  CHECK(f.meter.unconfirmed().size() == metering::max_unconfirmed);
  CHECK(f.meter.health().unknown_ticks == 50);
}

TEST_CASE("a later life states nothing that an earlier one has stated") {
  metering meter{after(0), zero + 3600, 1};
  CHECK(meter.begin(after(1)).of == zero + 3601);
}
