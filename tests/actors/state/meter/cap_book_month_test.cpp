#include "tests/actors/state/meter/book_fixture.hpp"

using namespace tidewire::meter;
using namespace tidewire::meter::testing;

TEST_CASE("the book: broadcasts over the month's cap end after the grace") {
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
  f.step({{"a", 0, 1001}});
  CHECK(f.verdict().level == cap_level::grace);
}

TEST_CASE("the book: an answer about the month before is not believed") {
  book_fixture f;
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
  book_fixture f;
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
