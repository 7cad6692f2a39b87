#include "actors/state/cluster/cells.hpp"

#include "tests/catch.hpp"

using namespace tidewire::cluster;

namespace {

constexpr cell_key user(std::uint64_t who) {
  return {cell_kind::user, 0, who};
}

std::vector<std::uint64_t> changed_after(const cell_book& x,
                                         std::uint64_t after) {
  std::vector<std::uint64_t> out;
  x.for_each_after(after, [&](auto& key, auto&, auto) {
    out.push_back(key.detail);
    return true;
  });
  return out;
}

} // namespace

TEST_CASE("a cell that does not change is no news") {
  cell_book x;
  CHECK(x.set(user(1), {5, 0}));
  CHECK(!x.set(user(1), {5, 0}));
  CHECK(x.through() == 1);
  CHECK(x.get(user(1)).a == 5);
  CHECK(x.get(user(2)).a == 0);
}

TEST_CASE(
    "of each cell only the last change is told, in the order of changes") {
  cell_book x;
  x.set(user(1), {1, 0});
  x.set(user(2), {1, 0});
  x.set(user(1), {2, 0});
  CHECK(changed_after(x, 0) == std::vector<std::uint64_t>{2, 1});
  CHECK(changed_after(x, 2) == std::vector<std::uint64_t>{1});
  CHECK(changed_after(x, 3).empty());
}

TEST_CASE("cells may come late, twice and in any order") {
  cell_book x;
  CHECK(x.take(user(1), {7, 0}, 9));
  CHECK(!x.take(user(1), {6, 0}, 8));
  CHECK(!x.take(user(1), {7, 0}, 9));
  CHECK(x.take(user(2), {1, 0}, 3));
  CHECK(x.get(user(1)).a == 7);
  CHECK(changed_after(x, 0) == std::vector<std::uint64_t>{2, 1});
}

TEST_CASE("a zero is forgotten when all have heard of it") {
  cell_book x;
  x.set(user(1), {1, 0});
  x.set(user(1), {0, 0});
  x.set(user(2), {1, 0});
  x.set(user(2), {0, 0});
  x.forget_zeros(2);
  CHECK(x.size() == 1);
  CHECK(x.forgotten() == 2);
  CHECK(changed_after(x, 2) == std::vector<std::uint64_t>{2});
}

TEST_CASE("zeros that nobody hears of are bounded") {
  cell_book x;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    x.set(user(i), {1, 0});
    x.set(user(i), {0, 0});
  }
  CHECK(x.size() < 10'000);
  CHECK(x.forgotten() > 0);
}
