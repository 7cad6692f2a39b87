// Questions about chains are all answered, one after the other.
#include "actors/ledger/questions.hpp"
#include "tests/catch.hpp"

#include <string>

using namespace tidewire;
using namespace tidewire::ledger;

namespace {

const meter::author ann{"ann", 1};
const meter::author bob{"bob", 2};

questions::question about(const meter::author& from, const std::string& whose,
                          std::int64_t entry = 0) {
  return {from, {{whose, 7}, entry}};
}

} // namespace

TEST_CASE("questions about chains that come at once are all answered") {
  questions waiting;
  for (int i = 0; i < 100; ++i)
    CHECK(waiting.add(about(i % 2 == 0 ? ann : bob, std::to_string(i))));
  for (int i = 0; i < 100; ++i) {
    auto x = waiting.next();
    REQUIRE(x);
    CHECK(x->what.whose.node == std::to_string(i));
  }
  CHECK_FALSE(waiting.next());
}

TEST_CASE("who asks about a chain again is answered once") {
  questions waiting;
  CHECK(waiting.add(about(ann, "x", 0)));
  CHECK(waiting.add(about(bob, "x", 0)));
  CHECK(waiting.add(about(ann, "x", 5)));
  auto first = waiting.next();
  REQUIRE(first);
  CHECK(first->from == ann);
  CHECK(first->what.from == 5);
  CHECK(waiting.next()->from == bob);
  CHECK_FALSE(waiting.next());
}

TEST_CASE("so many questions about chains wait, and no more") {
  questions waiting;
  for (std::size_t i = 0; i < questions::most; ++i)
    CHECK(waiting.add(about(ann, std::to_string(i))));
  CHECK_FALSE(waiting.add(about(ann, "one more")));
  CHECK(waiting.add(about(ann, "3", 9)));
}
