// A book that goes on where another one stood.
#include "tests/actors/state/meter/book_fixture.hpp"

using namespace tidewire::meter;
using namespace tidewire::meter::testing;

namespace {

// Takes over what the other one knows, which is at the same tick.
void adopt(book_fixture& into, const book_fixture& from) {
  cap_effects out;
  into.now = from.now;
  into.book->adopt(from.book->memory(), out);
  into.keep(out);
}

} // namespace

TEST_CASE("a book that takes over another's memory goes on as that does") {
  book_fixture a, b;
  a.hold(101, 3);
  a.hold(90, 3);
  adopt(b, a);
  CHECK(b.rows.empty()); // they are another's
  CHECK(b.book->memory().caps == a.book->memory().caps);
  for (auto open : {102, 80, 70, 101, 99}) {
    for (auto* x : {&a, &b}) {
      x->rows.clear();
      x->step({{"a", static_cast<std::uint64_t>(open), 0}}, true);
    }
    CHECK(a.rows == b.rows);
    CHECK(a.verdict() == b.verdict());
  }
}

TEST_CASE("what was broadcast in the month is taken over") {
  book_fixture a, b;
  a.step({{"a", 1, 400}});
  a.answer_all(500);
  a.step({});
  CHECK(a.book->memory().broadcasts.front().second == 900);
  CHECK(b.book->memory().broadcasts.empty()); // it has seen no tick
  adopt(b, a);
  CHECK_FALSE(b.book->next_question());
  b.step({{"a", 1, 101}}, true);
  REQUIRE(b.rows.size() == 1);
  CHECK(b.last().whose == broadcasts_of_a);
  CHECK(b.last().what.to == cap_level::grace);
  CHECK(b.last().what.value == 1001);
}

TEST_CASE(
    "a month that the other one did not know is asked for, of all lives") {
  book_fixture a, b;
  a.step({{"a", 1, 400}});
  CHECK(a.book->memory().unsure == std::vector{broadcasts_of_a});
  adopt(b, a);
  for (int i = 0; i < 61; ++i)
    b.step({}, true);
  auto asked = b.book->next_question();
  REQUIRE(asked);
  CHECK_FALSE(asked->earlier_lives);
}

TEST_CASE("a state that nodes agree on is a row, and the next tick is folded") {
  book_fixture a;
  a.hold(101, 2);
  cap_memory lenient{{connections_of_a, a.last().what}, {}};
  lenient.row.what.to = cap_level::near;
  lenient.row.what.deadline.reset();
  cap_effects out;
  a.book->settle_on(a.now - 1, lenient, out);
  a.keep(out);
  CHECK(a.last().what.cause == cap_cause::agreed);
  CHECK(a.last().what.from == cap_level::grace);
  CHECK(a.last().what.to == cap_level::near);
  a.step({});
  CHECK(a.last().what.to == cap_level::grace);
  CHECK(a.last().what.deadline == a.now - 1 + week);
}
