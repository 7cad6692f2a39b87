#include "tests/catch.hpp"
#include "tests/sim/truth.hpp"

namespace tidewire::sim {

TEST_CASE("a socket counts from its acceptance to its end, once") {
  truth x;
  auto a = x.opened(0, 0, 0, 10), b = x.opened(1, 0, 1, 20);
  CHECK(x.open(0) == 2);
  CHECK(x.open(all) == 2);
  CHECK(x.open(1) == 0);
  x.closed(a, 30);
  x.closed(a, 40);
  CHECK(x.open(0) == 1);
  CHECK(x.open(0, 0) == 0);
  CHECK(x.open(0, 1) == 1);
  CHECK(x.peak(0) == 2);
  CHECK(x.sockets()[b].closed == never);
}

TEST_CASE("the death of a process ends its sockets and no others") {
  truth x;
  x.opened(0, 0, 0, 10);
  x.opened(1, 1, 0, 10);
  x.opened(2, 1, 1, 10);
  x.died(0, 50);
  CHECK(x.open(0) == 0);
  CHECK(x.open(1) == 1);
  CHECK(x.open(all, 0) == 0);
}

TEST_CASE("within a length of time there were so many at least and at most") {
  truth x;
  auto a = x.opened(0, 0, 0, 10);
  x.opened(1, 0, 0, 20);
  x.closed(a, 30);
  auto is = [&](instant from, instant to, std::int64_t least,
                std::int64_t most) {
    auto b = x.within(0, 0, from, to);
    CHECK(b.least == least);
    CHECK(b.most == most);
  };
  is(0, 5, 0, 0);
  is(0, 10, 0, 1);
  is(10, 19, 1, 1);
  is(15, 25, 1, 2);
  is(20, 30, 1, 2);
  is(31, 99, 1, 1);
  CHECK(x.peak(0, 0, 15) == 1);
  CHECK(x.peak(0, 0, 25) == 2);
  CHECK(x.openings(0, 10, 20) == 2);
  CHECK(x.openings(0, 11, 19) == 0);
  CHECK(x.ended(0, 0, 15, 30) == 1);
  CHECK(x.ended(0, 0, 15, 29) == 0);
}

} // namespace tidewire::sim
