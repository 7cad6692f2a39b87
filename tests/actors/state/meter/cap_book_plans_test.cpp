#include "tests/actors/state/meter/book_fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace tidewire::meter;
using namespace tidewire::meter::testing;

// -- accounts -----------------------------------------------------------------

namespace {

book_fixture two_in_an_account() {
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
  f.hold(60, 10);
  f.plans.tiers.push_back({.name = "tiny", .connections = 50});
  f.plans.apps[0].tier = "tiny";
  f.configure();
  CHECK(f.verdict().level == cap_level::grace);
  CHECK(f.verdict().newcomers == 0);
}

TEST_CASE("the book: a tier that was changed while the server was down") {
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
  f.hold(101, 10);
  auto rows = f.rows;
  f.configure();
  f.plans.tiers[0].over = when_over::observe;
  f.configure();
  CHECK(f.rows == rows);
}
