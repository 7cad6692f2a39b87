#include "actors/state/meter/cap_state.hpp"

#include "actors/state/meter/admission.hpp"
#include "tests/catch.hpp"

#include <vector>

using namespace tidewire::meter;

namespace {

constexpr std::int64_t seven_days = 7 * 86'400;

tier hundred(when_over over = when_over::refuse_4100) {
  return {.name = "free", .connections = 100, .over = over};
}

// A clock, a cap and what the ledger would keep.
struct cap_fixture {
  tier of = hundred();
  cap_state state{cap_rule::of(of, cap_kind::connections)};
  std::vector<cap_transition> rows;
  tick now{1000};

  void keep(const std::optional<cap_transition>& row) {
    if (row)
      rows.push_back(*row);
  }
  // So many for so many seconds.
  void hold(std::uint64_t value, std::int64_t seconds) {
    for (; seconds > 0; --seconds) {
      keep(state.fold(now, value));
      now = now + 1;
    }
  }
  void restart() { state = cap_state::restore(state.rule(), rows); }
  admission newcomer() const {
    return admit({.app = {state.level(), of.over}, .account = {}});
  }
};

} // namespace

TEST_CASE("a spike inside the grace is never refused") {
  cap_fixture f;
  f.hold(50, 10);
  f.hold(5000, 3600);
  CHECK(f.state.level() == cap_level::grace);
  CHECK(f.newcomer().admitted);
  f.hold(50, 10);
  CHECK(f.state.level() == cap_level::ok);
  CHECK(f.rows.size() == 2);
  CHECK(f.rows[0].cause == cap_cause::rose);
  CHECK(f.rows[0].deadline == f.rows[0].at + seven_days);
  CHECK(f.rows[1].cause == cap_cause::fell);
}

TEST_CASE("after the grace newcomers get the configured answer") {
  cap_fixture f;
  f.hold(101, seven_days);
  CHECK(f.newcomer().admitted); // its last second
  f.hold(101, 1);
  CHECK(f.state.level() == cap_level::over);
  CHECK(f.rows.back().cause == cap_cause::deadline);
  CHECK(f.rows.back().at == f.rows.front().at + seven_days);
  CHECK(f.newcomer() == admission{false, 4100, false});
  f.of.over = when_over::refuse_4004;
  CHECK(f.newcomer() == admission{false, 4004, false});
  f.of.over = when_over::observe;
  CHECK(f.newcomer().admitted);
}

TEST_CASE("a restart in the middle keeps the deadline") {
  cap_fixture f;
  f.hold(101, seven_days / 2);
  auto deadline = f.state.deadline();
  f.restart();
  CHECK(f.state.level() == cap_level::grace);
  CHECK(f.state.deadline() == deadline);
  // Everybody is gone and comes again.
  f.hold(0, 5);
  f.restart();
  f.hold(101, 1);
  CHECK(f.state.level() == cap_level::grace);
  CHECK(f.state.deadline() == deadline);
  // An outage over the deadline: it has passed.
  f.now = *deadline + 100;
  f.restart();
  f.hold(101, 1);
  CHECK(f.state.level() == cap_level::over);
  f.restart();
  CHECK(f.state.level() == cap_level::over);
}

TEST_CASE("there is no flapping at the cap's edge") {
  cap_fixture f;
  for (int i = 0; i < 500; ++i)
    f.hold(100 + i % 2, 1);
  CHECK(f.rows.size() == 2); // near, grace
  for (int i = 0; i < 500; ++i)
    f.hold(i % 2 ? 96 : 104, 1); // 95 would be below
  CHECK(f.rows.size() == 2);
  f.hold(95, 1);
  CHECK(f.state.level() == cap_level::near);
  f.hold(75, 10);
  CHECK(f.state.level() == cap_level::near);
  f.hold(74, 1);
  CHECK(f.state.level() == cap_level::ok);
  f.hold(79, 1);
  CHECK(f.state.level() == cap_level::ok);
  f.hold(80, 1);
  CHECK(f.state.level() == cap_level::near);
}

TEST_CASE("dipping below the cap is no way to a new grace, staying below is") {
  cap_fixture f;
  f.hold(101, seven_days - 10);
  f.hold(50, 60); // the deadline passes meanwhile
  f.hold(101, 1);
  CHECK(f.state.level() == cap_level::over);
  f.hold(50, seven_days);
  f.hold(101, 1);
  CHECK(f.state.level() == cap_level::grace);
  CHECK(f.state.deadline() == f.now - 1 + seven_days);
}

TEST_CASE("an operator gives a grace and takes it back") {
  cap_fixture f;
  f.hold(101, seven_days + 1);
  f.keep(f.state.grant(f.now, f.now + 100));
  CHECK(f.rows.back().cause == cap_cause::granted);
  f.hold(101, 100);
  CHECK(f.state.level() == cap_level::grace);
  f.restart();
  f.hold(101, 1);
  CHECK(f.state.level() == cap_level::over);
  f.keep(f.state.grant(f.now, f.now + 100));
  f.keep(f.state.revoke(f.now));
  CHECK(f.state.level() == cap_level::over);
}

TEST_CASE("a grace given beforehand is used when the cap is crossed") {
  cap_fixture f;
  auto until = f.now + 30 * 86'400;
  f.keep(f.state.grant(f.now, until));
  CHECK(f.state.level() == cap_level::ok);
  f.now = f.now + 2 * seven_days;
  f.hold(101, 1);
  CHECK(f.state.deadline() == until);
}

TEST_CASE("another tier is another chance, a tier without a cap no cap") {
  cap_fixture f;
  f.hold(101, seven_days + 1);
  auto larger = hundred();
  larger.connections = 1000;
  f.keep(f.state.change(f.now, cap_rule::of(larger, cap_kind::connections)));
  CHECK(f.rows.back().cause == cap_cause::tier_changed);
  CHECK(f.state.level() == cap_level::ok);
  f.restart();
  f.hold(1001, 1);
  CHECK(f.state.level() == cap_level::grace);
  f.keep(f.state.change(f.now, {}));
  f.hold(1'000'000, 10);
  CHECK(f.state.level() == cap_level::ok);
}

TEST_CASE("a cap of a few connections does not flap either") {
  cap_state one{{.cap = 1, .grace_seconds = 100}};
  int rows = 0;
  for (std::int64_t t = 0; t < 100; ++t)
    rows += one.fold({t}, t % 2 ? 1 : 2) ? 1 : 0;
  CHECK(rows == 1);
}

TEST_CASE("broadcasts of a month have a grace, too, and then are refused") {
  auto rule = cap_rule::of({.name = "free", .broadcasts = 500'000},
                           cap_kind::broadcasts);
  cap_state state{rule};
  state.fold({1}, 500'000);
  CHECK(state.level() == cap_level::near);
  state.fold({2}, 500'001);
  CHECK(state.level() == cap_level::grace);
  CHECK(may_broadcast({.app = {state.level()}, .account = {}}));
  state.fold({2 + seven_days}, 900'000);
  CHECK(!may_broadcast({.app = {state.level()}, .account = {}}));
  state.fold({3 + seven_days}, 0); // the next month
  CHECK(state.level() == cap_level::ok);
}

TEST_CASE("an account's cap is over the sum, an app's own is asked first") {
  cap_view fine, over{cap_level::over, when_over::refuse_4100},
      final{cap_level::over, when_over::refuse_4004};
  CHECK(admit({.app = fine, .account = fine}).admitted);
  CHECK(admit({.app = fine, .account = final}) == admission{false, 4004, true});
  CHECK(admit({.app = over, .account = final})
        == admission{false, 4100, false});
  account of{.name = "x", .tier = "free", .apps = {}, .max_apps = 2};
  CHECK(may_add_app(of, 1));
  CHECK(!may_add_app(of, 2));
}

TEST_CASE("who moves from a dead node comes in, and is never told to give up") {
  cap_view over{cap_level::over, when_over::refuse_4004};
  CHECK(admit({.app = over, .account = {}, .moving = true, .outstanding = 1})
            .admitted);
  CHECK(admit({.app = over, .account = {}, .moving = true, .outstanding = 0})
        == admission{false, 4100, false});
}
