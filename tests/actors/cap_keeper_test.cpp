#include "actors/cap_keeper.hpp"

#include "actors/state/node_limits.hpp"
#include "actors/webhooks.hpp"
#include "tests/catch.hpp"

using namespace tidewire;

namespace {

config::app app(std::string id, std::string tier) {
  config::app out;
  out.id = std::move(id);
  out.keys.clear();
  out.tier = std::move(tier);
  return out;
}

struct keeper_fixture {
  config::settings settings;
  app_table apps{{app("1", "tiny"), app("2", "")}};
  node_limits doors;
  cap_keeper keeper{{}, doors};
  meter::tick now{1'794'268'801};

  keeper_fixture() {
    settings.tiers = {{.name = "tiny",
                       .connections = 2,
                       .broadcasts = 10,
                       .grace = std::chrono::seconds{5}}};
    configure();
  }
  void configure() {
    keeper.plans_are(now - 1, plans_of(settings, apps), apps);
  }
  void tick(std::uint64_t open, std::uint64_t unbilled = 0) {
    meter::tick_figures figures;
    figures.now.open = open;
    figures.now.unbilled = unbilled;
    meter::tick_block block{now, false, {}};
    block.apps.push_back({meter::all_apps, figures});
    block.apps.push_back({{"1"}, figures});
    keeper.on_tick(block);
    now = now + 1;
  }
};

} // namespace

TEST_CASE("what the book finds, the doors of all reactors know") {
  keeper_fixture f;
  CHECK(f.doors.ruling(0).capped);
  CHECK_FALSE(f.doors.ruling(1).capped);
  for (int i = 0; i < 5; ++i)
    f.tick(3);
  CHECK(f.doors.ruling(0).level == meter::cap_level::grace);
  CHECK(f.doors.ruling(0).newcomers == 0);
  f.tick(3);
  CHECK(f.doors.ruling(0).newcomers == 4100);
  f.tick(0);
  CHECK(f.doors.ruling(0).newcomers == 0);
}

TEST_CASE("only what is billed counts against a cap") {
  keeper_fixture f;
  f.tick(3, 1);
  CHECK(f.doors.ruling(0).level == meter::cap_level::near);
}

TEST_CASE("an app that is made again is under its cap at its new place") {
  keeper_fixture f;
  f.tick(3);
  f.apps = f.apps.with({app("2", "")}).with({app("2", ""), app("1", "tiny")});
  REQUIRE(f.apps.by_id("1") == 2);
  f.configure();
  CHECK(f.doors.ruling(2).level == meter::cap_level::grace);
}

TEST_CASE("a transition is stated until it is safe, and told once") {
  keeper_fixture f;
  f.tick(3);
  CHECK(f.keeper.take_news().size() == 1);
  CHECK(f.keeper.take_news().empty());
  auto rows = f.keeper.rows_to_state(f.now - 1);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].what.to == meter::cap_level::grace);
  CHECK(f.keeper.rows_to_state(f.now - 1).empty());
  f.keeper.confirmed(f.now - 2); // those before
  f.keeper.state_again();        // another LEDGER
  CHECK(f.keeper.rows_to_state(f.now) == rows);
  f.keeper.confirmed(f.now);
  f.keeper.state_again();
  CHECK(f.keeper.rows_to_state(f.now).empty());
}

TEST_CASE("an order between two ticks is not confirmed by the one before") {
  keeper_fixture f;
  f.tick(3);
  (void)f.keeper.rows_to_state(f.now - 1);
  CHECK_FALSE(f.keeper.grant(
      {meter::cap_subject::scope::app, "1", meter::cap_kind::connections},
      f.now - 1 + 100));
  f.keeper.confirmed(f.now - 1);
  auto rows = f.keeper.rows_to_state(f.now);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].what.cause == meter::cap_cause::granted);
  CHECK(rows[0].what.deadline == f.now - 1 + 100);
}

TEST_CASE("a question is asked until it is answered") {
  keeper_fixture f;
  f.tick(0);
  auto asked = f.keeper.question();
  REQUIRE(asked);
  CHECK(f.keeper.question() == asked);
  f.keeper.answer(*asked, 11);
  CHECK_FALSE(f.keeper.question());
  f.tick(0);
  CHECK(f.doors.ruling(0).level == meter::cap_level::grace);
}

TEST_CASE("the operator's event says all there is to know") {
  cap_notice notice{
      {{meter::cap_subject::scope::app, "1", meter::cap_kind::connections},
       {.at = {1'794'268'801},
        .from = meter::cap_level::near,
        .to = meter::cap_level::grace,
        .cause = meter::cap_cause::rose,
        .value = 101,
        .cap = 100,
        .deadline = meter::tick{1'794'873'601}}},
      "free"};
  CHECK(render_cap_event(notice)
        == R"({"name":"cap_changed","app_id":"1","cap":"connections",)"
           R"("tier":"free","from":"near","to":"grace","cause":"rose",)"
           R"("value":101,"limit":100,"at":"2026-11-10T00:00:01Z",)"
           R"("deadline":"2026-11-17T00:00:01Z"})");
  notice.row.whose.of = meter::cap_subject::scope::account;
  notice.row.what.deadline.reset();
  auto text = render_cap_event(notice);
  CHECK(text.find(R"("account":"1")") != std::string::npos);
  CHECK(text.find("app_id") == std::string::npos);
  CHECK(text.find("deadline") == std::string::npos);
}
