#include "actors/state/cluster/ended.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <random>

using namespace tidewire::cluster;

TEST_CASE("an end is news once, and the account of it is the same everywhere") {
  ended_life early{{"a", 1}, ending::refused, 5, "b"};
  ended_life late{{"a", 1}, ending::forgotten, 9, "c"};
  for (auto turned : {false, true}) {
    ended_book book;
    CHECK(book.add(turned ? late : early));
    CHECK_FALSE(book.add(turned ? early : late));
    CHECK_FALSE(book.add(early));
    REQUIRE(book.list().size() == 1);
    CHECK(*book.find({"a", 1}) == early);
  }
  CHECK(ended_book{}.find({"a", 1}) == nullptr);
}

TEST_CASE("of too many ends the one found first is given up") {
  std::vector<ended_life> ends;
  for (std::size_t i = 0; i < ended_book::most + 1; ++i)
    ends.push_back(
        {{"n", i + 1}, ending::left, static_cast<std::int64_t>(i), "b"});
  std::shuffle(ends.begin(), ends.end(), std::mt19937_64(4));
  ended_book book;
  for (std::size_t i = 0; i < ended_book::most; ++i)
    CHECK(book.add(ends[i]));
  CHECK(book.list().size() == ended_book::most);
  book.add(ends.back());
  CHECK(book.list().size() == ended_book::most);
  CHECK_FALSE(book.has({"n", 1}));
  CHECK(book.has({"n", 2}));
}
