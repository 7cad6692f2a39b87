#include "tests/actors/state/meter/book_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace tidewire::meter;
using namespace tidewire::meter::testing;

// -- the grace, from begin to end ---------------------------------------------

TEST_CASE("the book: a spike inside the grace is refused nothing") {
  book_fixture f;
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
  book_fixture f;
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
    book_fixture f;
    f.plans.tiers[0].over = over;
    f.plans.tiers[0].grace_seconds = 10;
    f.configure();
    f.hold(101, 20);
    CHECK(f.verdict().level == cap_level::over);
    CHECK(f.verdict().newcomers == code);
  }
}

TEST_CASE("the book: a restart in the middle keeps the deadline") {
  book_fixture f;
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
  book_fixture f;
  for (int i = 0; i < 100; ++i)
    f.hold(i % 2 ? 97 : 103, 1);
  CHECK(f.rows.size() == 1);
  f.hold(95, 1);
  CHECK(f.verdict().level == cap_level::near);
}

TEST_CASE(
    "the book: a restated block without an app is one with nobody in it") {
  book_fixture f;
  f.step({{"a", 101, 0}});
  f.step({}, true);
  CHECK(f.verdict().level == cap_level::ok);
}

// -- operators ----------------------------------------------------------------

TEST_CASE("the book: an operator gives a grace and takes it back") {
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
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
  book_fixture f;
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
