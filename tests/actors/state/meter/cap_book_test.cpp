#include "actors/state/meter/cap_book.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace tidewire::meter;

namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t one_day = 86'400;
constexpr std::int64_t week = 7 * one_day;

// 2026-11-10T00:00:00Z and the begin of the next month.
constexpr std::int64_t tenth = 1'794'268'800;
constexpr std::int64_t december = 1'796'083'200;

const cap_subject connections_of_a{cap_subject::scope::app, "a",
                                   cap_kind::connections};
const cap_subject broadcasts_of_a{cap_subject::scope::app, "a",
                                  cap_kind::broadcasts};

tier free_tier() {
  return {.name = "free", .connections = 100, .broadcasts = 1000};
}

// A clock, the book, and the ledger that it would write.
struct fixture {
  cap_plans plans{.tiers = {free_tier()},
                  .accounts = {},
                  .apps = {{"a", "free", "", false}},
                  .time_zone = "UTC"};
  std::vector<cap_row> rows;
  std::unique_ptr<cap_book> book = std::make_unique<cap_book>();
  tick now{tenth + 1};
  std::vector<std::string> told; // apps of the last effects' verdicts

  fixture() { configure(); }

  void keep(cap_effects& what) {
    rows.insert(rows.end(), what.rows.begin(), what.rows.end());
    told.clear();
    for (auto& [app, verdict] : what.verdicts) {
      CHECK(book->verdict(app) == verdict);
      told.push_back(app);
    }
  }
  void configure() {
    cap_effects out;
    book->configure(now - 1, plans, out);
    keep(out);
  }
  void step(std::vector<cap_use> uses, bool complete = false) {
    cap_effects out;
    book->on_tick(now, uses, complete, out);
    keep(out);
    now = now + 1;
  }
  // So many connections from now on, and nothing else for so many seconds.
  void hold(std::uint64_t open, std::int64_t seconds) {
    step({{"a", open, 0}});
    while (--seconds > 0)
      step({});
  }
  void restart() {
    book = std::make_unique<cap_book>(rows);
    configure();
  }
  void answer_all(std::uint64_t broadcasts) {
    while (auto x = book->next_question())
      book->answer(*x, broadcasts);
  }
  cap_verdict verdict() const { return book->verdict("a"); }
  const cap_row& last() const { return rows.back(); }
};

} // namespace

// -- the grace, from begin to end ---------------------------------------------

TEST_CASE("the book: a spike inside the grace is refused nothing") {
  fixture f;
  f.hold(50, 3);
  f.hold(5000, 6 * hour);
  CHECK(f.verdict().level == cap_level::grace);
  CHECK(f.verdict().newcomers == 0);
  f.hold(50, 3);
  CHECK(f.verdict().level == cap_level::ok);
  REQUIRE(f.rows.size() == 2);
  CHECK(f.rows[0].whose == connections_of_a);
  CHECK(f.rows[0].what.deadline == f.rows[0].what.at + week);
  CHECK(f.rows[1].what.cause == cap_cause::fell);
}

TEST_CASE(
    "the book: nobody comes or goes, and the deadline bites all the same") {
  fixture f;
  f.step({{"a", 101, 0}});
  auto begun = f.now - 1;
  f.now = begun + week - 1;
  f.step({});
  CHECK(f.verdict().newcomers == 0); // the last second of the grace
  f.step({});
  CHECK(f.verdict().newcomers == 4100);
  CHECK(f.verdict().level == cap_level::over);
  CHECK(f.verdict().broadcasts); // the other cap is another cap
  CHECK(f.told == std::vector<std::string>{"a"});
  CHECK(f.last().what.cause == cap_cause::deadline);
  CHECK(f.last().what.at == begun + week);
}

TEST_CASE("the book: the answer at the door is the tier's") {
  for (auto [over, code] : {std::pair{when_over::refuse_4100, 4100},
                            std::pair{when_over::refuse_4004, 4004},
                            std::pair{when_over::observe, 0}}) {
    fixture f;
    f.plans.tiers[0].over = over;
    f.plans.tiers[0].grace_seconds = 10;
    f.configure();
    f.hold(101, 20);
    CHECK(f.verdict().level == cap_level::over);
    CHECK(f.verdict().newcomers == code);
  }
}

TEST_CASE("the book: a restart in the middle keeps the deadline") {
  fixture f;
  f.hold(101, 10);
  auto deadline = f.last().what.deadline;
  f.restart();
  CHECK(f.verdict().level == cap_level::grace);
  CHECK(f.told == std::vector<std::string>{"a"}); // reactors know nothing yet
  f.now = f.now + hour;
  f.step({}, true); // nobody is back yet
  f.step({{"a", 101, 0}});
  CHECK(f.verdict().level == cap_level::grace);
  CHECK(f.last().what.deadline == deadline);
  f.restart();
  f.step({{"a", 101, 0}}, true);
  f.now = *deadline;
  f.step({});
  CHECK(f.verdict().newcomers == 4100);
  f.restart();
  CHECK(f.verdict().newcomers == 4100); // before the first tick
}

TEST_CASE("the book: no flapping at the edge") {
  fixture f;
  for (int i = 0; i < 100; ++i)
    f.hold(i % 2 ? 97 : 103, 1);
  CHECK(f.rows.size() == 1);
  f.hold(95, 1);
  CHECK(f.verdict().level == cap_level::near);
}

TEST_CASE(
    "the book: a restated block without an app is one with nobody in it") {
  fixture f;
  f.step({{"a", 101, 0}});
  f.step({}, true);
  CHECK(f.verdict().level == cap_level::ok);
}

// -- broadcasts ---------------------------------------------------------------

TEST_CASE("the book: broadcasts over the month's cap end after the grace") {
  fixture f;
  f.plans.tiers[0].grace_seconds = 60;
  f.configure();
  f.step({});
  f.answer_all(0);
  f.step({{"a", 0, 900}});
  CHECK(f.verdict().level == cap_level::near);
  f.step({{"a", 0, 100}});
  CHECK(f.verdict().level == cap_level::near); // 1000 is the cap
  f.step({{"a", 0, 1}});
  CHECK(f.verdict().level == cap_level::grace);
  CHECK(f.last().whose == broadcasts_of_a);
  CHECK(f.verdict().broadcasts);
  f.now = f.now + 60;
  f.step({});
  CHECK_FALSE(f.verdict().broadcasts);
  CHECK_FALSE(f.verdict().by_account);
  CHECK(f.verdict().newcomers == 0);
}

TEST_CASE("the book: a new month begins with nothing used") {
  fixture f;
  f.plans.tiers[0].grace_seconds = 60;
  f.configure();
  f.step({});
  f.answer_all(2000);
  f.step({});
  f.now = f.now + 60;
  f.step({});
  CHECK_FALSE(f.verdict().broadcasts);
  f.now = tick{december}; // the last second of November
  f.step({});
  CHECK_FALSE(f.verdict().broadcasts);
  f.step({{"a", 0, 7}});
  CHECK(f.verdict().broadcasts);
  CHECK(f.verdict().level == cap_level::ok);
  CHECK(f.last().what.value == 7);
  CHECK(f.last().what.at == tick{december + 1});
}

TEST_CASE("the book: months are those of the time zone") {
  fixture f;
  f.plans.time_zone = "Europe/Berlin";
  f.configure();
  f.now = tick{december - 2 * hour + 1};
  f.step({});
  auto asked = f.book->next_question();
  REQUIRE(asked);
  CHECK(asked->app == "a");
  CHECK(asked->over == window{1'793'487'600, december - 2 * hour});
  f.book->answer(*asked, 900);
  f.step({});
  CHECK(f.verdict().level == cap_level::near);
  f.now = tick{december - hour + 1}; // it is the 1st in Berlin
  f.step({});
  CHECK(f.verdict().level == cap_level::ok);
}

TEST_CASE("the book: after a restart the ledger is asked for the month, once") {
  fixture f;
  f.step({{"a", 0, 600}});
  auto asked = f.book->next_question();
  REQUIRE(asked);
  CHECK(*asked == month_question{"a", {1'793'491'200, tenth}});
  CHECK_FALSE(f.book->next_question());
  f.step({{"a", 0, 399}});
  CHECK(f.rows.empty()); // unknown is not zero, nor a reason to complain
  CHECK_FALSE(f.book->standings()[1].value_known);
  f.book->answer(*asked, 5);
  f.book->answer(*asked, 5); // twice is once
  f.step({});
  CHECK(f.book->standings()[1].value == 1004);
  CHECK(f.book->standings()[1].value_known);
  CHECK(f.last().what.to == cap_level::grace);
  CHECK(f.last().what.value == 1004);
}

TEST_CASE("the book: a tick is counted by the ledger or by us, not by both") {
  fixture f;
  f.now = tick{tenth + 31};
  f.step({{"a", 0, 500}});
  auto asked = f.book->next_question();
  REQUIRE(asked);
  CHECK(asked->over.to == tenth + 30);
  CHECK(asked->earlier_lives);
  f.book->answer(*asked, 501);
  f.step({});
  CHECK(f.last().what.value == 1001);
}

TEST_CASE("the book: another time zone is another month, counted anew") {
  fixture f;
  f.step({{"a", 0, 900}});
  f.answer_all(0);
  f.now = tick{tenth + 100};
  f.step({});
  CHECK(f.verdict().level == cap_level::near);
  f.plans.time_zone = "Europe/Berlin";
  f.configure();
  f.step({{"a", 0, 50}});
  CHECK_FALSE(f.book->next_question());
  f.now = tick{tenth + 121};
  f.step({{"a", 0, 60}});
  auto asked = f.book->next_question();
  REQUIRE(asked);
  CHECK(asked->over == window{1'793'487'600, tenth + 120});
  CHECK_FALSE(asked->earlier_lives);
  CHECK(f.verdict().level == cap_level::near); // nothing else is known
  f.book->answer(*asked, 950);
  f.step({});
  CHECK(f.last().what.value == 1010);
}

TEST_CASE("the book: what exceeds the cap by itself needs no answer") {
  fixture f;
  f.step({{"a", 0, 1001}});
  CHECK(f.verdict().level == cap_level::grace);
}

TEST_CASE("the book: an answer about the month before is not believed") {
  fixture f;
  f.step({});
  auto asked = f.book->next_question();
  f.now = tick{december + 1};
  f.step({});
  f.book->answer(*asked, 5000);
  f.step({});
  CHECK(f.verdict().level == cap_level::ok);
  CHECK(f.book->standings()[1].value == 0);
  CHECK(f.book->standings()[1].value_known);
}

TEST_CASE("the book: a cap that comes later has been counted for") {
  fixture f;
  f.plans.apps[0].tier.clear();
  f.configure();
  f.step({{"a", 150, 700}});
  CHECK_FALSE(f.book->next_question());
  CHECK_FALSE(f.verdict().capped);
  f.plans.apps[0].tier = "free";
  f.configure();
  CHECK(f.verdict().capped);
  CHECK(f.verdict().level == cap_level::grace); // at once
  f.answer_all(350);
  f.step({});
  CHECK(f.last().whose == broadcasts_of_a);
  CHECK(f.last().what.value == 1050);
}

// -- accounts -----------------------------------------------------------------

namespace {

fixture two_in_an_account() {
  fixture f;
  f.plans.accounts = {{.name = "acme", .tier = "free", .apps = {}}};
  f.plans.apps = {{"a", "", "acme", false},
                  {"b", "", "acme", false},
                  {"mine", "", "acme", true},
                  {"c", "", "", false}};
  f.plans.tiers[0].grace_seconds = 60;
  f.configure();
  return f;
}

} // namespace

TEST_CASE("the book: an account's cap is on the sum of its apps") {
  auto f = two_in_an_account();
  f.step({{"a", 60, 0}, {"b", 39, 0}, {"mine", 900, 0}, {"c", 900, 0}});
  CHECK(f.verdict().level == cap_level::near);
  f.step({{"b", 41, 0}});
  CHECK(f.verdict().level == cap_level::grace);
  CHECK(f.last().whose
        == cap_subject{cap_subject::scope::account, "acme",
                       cap_kind::connections});
  CHECK(f.last().what.value == 101);
  f.now = f.now + 60;
  f.step({});
  std::sort(f.told.begin(), f.told.end());
  CHECK(f.told == std::vector<std::string>{"a", "b"});
  CHECK(f.book->verdict("b").newcomers == 4100);
  CHECK(f.book->verdict("mine") == cap_verdict{});
  CHECK(f.book->verdict("c") == cap_verdict{});
  f.step({{"a", 10, 0}});
  CHECK(f.book->verdict("b").newcomers == 0);
}

TEST_CASE(
    "the book: an account's broadcasts are known when all its apps' are") {
  auto f = two_in_an_account();
  f.step({{"a", 0, 400}});
  auto one = f.book->next_question();
  auto other = f.book->next_question();
  REQUIRE(one);
  REQUIRE(other);
  CHECK_FALSE(f.book->next_question());
  f.book->answer(*one, 300);
  f.step({});
  CHECK(f.rows.empty());
  f.book->answer(*other, 301);
  f.step({});
  CHECK(f.last().what.value == 1001);
  f.now = f.now + 60;
  f.step({});
  CHECK_FALSE(f.verdict().broadcasts);
  CHECK(f.verdict().by_account);
}

TEST_CASE("the book: an app that leaves its account takes its share with it") {
  auto f = two_in_an_account();
  f.step({{"a", 60, 0}, {"b", 41, 0}});
  CHECK(f.verdict().level == cap_level::grace);
  f.plans.apps[1].account.clear();
  f.configure();
  CHECK(f.verdict().level == cap_level::ok); // 60 of 100
  CHECK_FALSE(f.book->verdict("b").capped);
}

// -- plans --------------------------------------------------------------------

TEST_CASE("the book: a larger tier opens the door at once") {
  fixture f;
  f.plans.tiers[0].grace_seconds = 10;
  f.plans.tiers.push_back({.name = "side", .connections = 1000});
  f.configure();
  f.hold(101, 20);
  CHECK(f.verdict().newcomers == 4100);
  f.plans.apps[0].tier = "side";
  f.configure();
  CHECK(f.verdict().newcomers == 0);
  CHECK(f.last().what.cause == cap_cause::tier_changed);
  CHECK(f.last().what.cap == 1000);
}

TEST_CASE("the book: a smaller tier begins with a grace") {
  fixture f;
  f.hold(60, 10);
  f.plans.tiers.push_back({.name = "tiny", .connections = 50});
  f.plans.apps[0].tier = "tiny";
  f.configure();
  CHECK(f.verdict().level == cap_level::grace);
  CHECK(f.verdict().newcomers == 0);
}

TEST_CASE("the book: a tier that was changed while the server was down") {
  fixture f;
  f.plans.tiers[0].grace_seconds = 10;
  f.configure();
  f.hold(101, 20);
  f.plans.tiers[0].connections = 200;
  f.restart();
  CHECK(f.verdict().newcomers == 0);
  CHECK(f.last().what.cause == cap_cause::tier_changed);
  auto rows = f.rows.size();
  f.restart();
  CHECK(f.rows.size() == rows); // once
}

TEST_CASE("the book: an app without a tier is under no cap any more") {
  fixture f;
  f.plans.tiers[0].grace_seconds = 10;
  f.configure();
  f.hold(101, 20);
  f.plans.apps.clear();
  f.configure();
  CHECK(f.verdict() == cap_verdict{});
  CHECK(f.told == std::vector<std::string>{"a"});
  CHECK(f.book->standings().empty());
}

TEST_CASE("the book: what stays as it is after a reload is no transition") {
  fixture f;
  f.hold(101, 10);
  auto rows = f.rows;
  f.configure();
  f.plans.tiers[0].over = when_over::observe;
  f.configure();
  CHECK(f.rows == rows);
}

// -- operators ----------------------------------------------------------------

TEST_CASE("the book: an operator gives a grace and takes it back") {
  fixture f;
  f.plans.tiers[0].grace_seconds = 10;
  f.configure();
  f.hold(101, 20);
  CHECK(f.verdict().newcomers == 4100);
  cap_effects out;
  CHECK_FALSE(f.book->grant(f.now - 1, connections_of_a, f.now + one_day, out));
  f.keep(out);
  CHECK(f.verdict().newcomers == 0);
  CHECK(f.told == std::vector<std::string>{"a"});
  CHECK(f.last().what.cause == cap_cause::granted);
  f.restart();
  f.step({{"a", 101, 0}}, true);
  CHECK(f.verdict().newcomers == 0);
  out = {};
  CHECK_FALSE(f.book->revoke(f.now - 1, connections_of_a, out));
  f.keep(out);
  CHECK(f.verdict().newcomers == 4100);
  CHECK(f.last().what.cause == cap_cause::revoked);
}

TEST_CASE("the book: a granted grace ends, too") {
  fixture f;
  f.plans.tiers[0].grace_seconds = 10;
  f.configure();
  f.hold(101, 20);
  cap_effects out;
  auto until = f.now + hour;
  CHECK_FALSE(f.book->grant(f.now - 1, connections_of_a, until, out));
  f.now = until - 1;
  f.step({});
  CHECK(f.verdict().newcomers == 0);
  f.step({});
  CHECK(f.verdict().newcomers == 4100);
}

TEST_CASE("the book: what cannot be granted or revoked is a sentence") {
  fixture f;
  f.plans.apps.push_back({"b", "", "", false});
  f.configure();
  cap_effects out;
  auto of = [](const char* name) {
    return cap_subject{cap_subject::scope::app, name, cap_kind::connections};
  };
  CHECK(f.book->grant(f.now, of("nobody"), f.now + 1, out)
        == "There is no app nobody.");
  CHECK(f.book->grant(f.now, of("b"), f.now + 1, out)
        == "The app b has no cap on connections: give it a tier that has one.");
  CHECK(f.book->grant(f.now, of("a"), f.now, out)
        == "A grace has to end in the future.");
  CHECK(f.book->revoke(f.now, of("a"), out)
        == "No grace of the app a for connections is running.");
  CHECK(out.rows.empty());
}

TEST_CASE("a verdict is the same after it was packed into a byte") {
  for (auto level : {cap_level::ok, cap_level::near, cap_level::over})
    for (auto code :
         {std::uint16_t{0}, std::uint16_t{4100}, std::uint16_t{4004}})
      for (bool flag : {false, true}) {
        cap_verdict x{.capped = !flag,
                      .level = level,
                      .newcomers = code,
                      .broadcasts = flag,
                      .by_account = !flag};
        CHECK(unpack(pack(x)) == x);
      }
  CHECK(pack({}) == 0);
}

// -- cost ---------------------------------------------------------------------

TEST_CASE("the book: a tick concerns those who changed in it") {
  fixture f;
  f.plans.apps.clear();
  std::vector<std::string> ids;
  for (int i = 0; i < 10'000; ++i)
    ids.push_back(std::to_string(i));
  for (auto& id : ids)
    f.plans.apps.push_back({id, "free", "", false});
  f.configure();
  std::vector<cap_use> uses;
  for (auto& id : ids)
    uses.push_back({id, 101, 1});
  f.step(uses);
  CHECK(f.told.size() == 10'000);
  f.step({});
  CHECK(f.told.empty());
  f.now = f.now + week;
  f.step({});
  CHECK(f.told.size() == 10'000);
}
