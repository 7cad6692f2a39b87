#include "actors/state/meter/timeline.hpp"

#include "tests/actors/state/meter/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire::meter;
using namespace tidewire::meter::testing;

namespace {

author_life life(const char* node, std::uint64_t incarnation, tick first,
                 tick last, bool ended = false) {
  return {{node, incarnation}, first, last, ended};
}

author_minute says(std::size_t author, tick_mask known,
                   std::optional<std::uint64_t> open = {}, int first = 0) {
  author_minute x{author, known, {}};
  if (open) {
    minute_record r;
    r.first = first;
    for (int i = first; i < minute::ticks; ++i)
      r.set(i, steady(*open));
    x.entries.emplace_back(r);
  }
  return x;
}

const minute_slice& next(timeline& line, std::int64_t m,
                         std::vector<author_minute> pages) {
  return line.next({m}, pages);
}

} // namespace

TEST_CASE("what is not said stands") {
  timeline line{{life("a", 1, {1}, {600})}, 1};
  next(line, 0, {says(0, whole_minute, 4)});
  auto s = next(line, 1, {says(0, whole_minute)});
  CHECK(s.known == whole_minute);
  CHECK(s.sum.open[0] == 4);
  CHECK(s.sum.connection_ms[59] == 4000);
  CHECK(next(line, 2, {says(0, whole_minute, 9, 30)}).sum.open[29] == 4);
}

TEST_CASE("nothing stands over an unknown tick, a day's begin or a skip") {
  timeline line{{life("a", 1, {1}, {600'000})}, 1};
  next(line, 0, {says(0, whole_minute, 4)});
  auto hole = whole_minute & ~bit(10);
  auto s = next(line, 1, {says(0, hole)});
  CHECK(s.known == hole);
  CHECK(s.sum.open[9] == 4);
  CHECK(s.sum.open[10] == 0);
  CHECK(s.sum.open[11] == 0);
  next(line, 2, {says(0, whole_minute, 5)});
  CHECK(next(line, 4, {says(0, whole_minute)}).sum.open[0] == 0);
  next(line, 1439, {says(0, whole_minute, 6)});
  CHECK(next(line, 1440, {says(0, whole_minute)}).sum.open[0] == 0);
}

TEST_CASE("between a last row and the next life nothing is known") {
  timeline line{{life("a", 1, {1}, {30}), life("a", 2, {91}, {120})}, 1};
  CHECK(next(line, 0, {says(0, (tick_mask{1} << 30) - 1, 1)}).known
        == (tick_mask{1} << 30) - 1);
  auto second = whole_minute & ~((tick_mask{1} << 30) - 1);
  auto s = next(line, 1, {says(1, second, 2)});
  CHECK(s.known == second);
  CHECK(s.partly == 0);
  CHECK(s.sum.open[30] == 2);
}

TEST_CASE("after a goodbye there is nothing to know, before the first row "
          "nothing is known") {
  timeline line{{life("a", 1, {31}, {40}, true)}, 1};
  auto s = next(line, 0, {says(0, ((tick_mask{1} << 10) - 1) << 30, 7)});
  CHECK(s.known == (whole_minute & ~((tick_mask{1} << 30) - 1)));
  CHECK(s.sum.open[39] == 7);
  CHECK(s.sum.open[40] == 0);
  CHECK(next(line, 1, {}).known == whole_minute);
}

TEST_CASE("a node that is silent to the end is unknown to the end") {
  timeline line{{life("a", 1, {1}, {600}), life("b", 2, {1}, {60})}, 1};
  next(line, 0, {says(0, whole_minute, 1), says(1, whole_minute, 2)});
  auto s = next(line, 5, {says(0, whole_minute, 1)});
  CHECK(s.known == whole_minute);
  CHECK(s.partly == whole_minute);
}
