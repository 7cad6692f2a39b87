// What statements are after pruning, beside what they were.
#include "actors/state/meter/day_statement.hpp"
#include "tests/actors/state/meter/support.hpp"
#include "tests/catch.hpp"

#include <random>

using namespace tidewire::meter;
using namespace tidewire::meter::testing;

namespace {

// Two days with a hole in each, as ticks.
std::vector<minute_slice> two_days(window& over) {
  over = {20'000 * seconds_per_day, 20'002 * seconds_per_day};
  std::mt19937 random{3};
  std::uint64_t open = 500;
  std::vector<minute_slice> out;
  for_slices(
      over,
      [&](std::int64_t second) -> std::optional<std::uint64_t> {
        open += random() % 21;
        open -= std::min<std::uint64_t>(open, 10);
        if (second % seconds_per_day / 777 == 40)
          return std::nullopt;
        return open;
      },
      [&](auto& slice) { out.push_back(slice); });
  return out;
}

std::variant<statement, statement_error>
state(window over, std::int64_t interval,
      const std::vector<minute_slice>& slices) {
  auto b = std::get<statement_builder>(statement_builder::make(over, interval));
  for (auto& x : slices)
    b.add(x);
  return b.finish();
}

// The same minutes without ticks, through the codec and a timeline.
std::vector<minute_slice> pruned(window over,
                                 const std::vector<minute_slice>& slices) {
  timeline line{{{{"a", 1}, over.first(), over.last(), false}}, 1};
  std::vector<minute_slice> out;
  for (auto& x : slices) {
    author_minute page{0, x.known, {}};
    page.entries.emplace_back(
        std::get<coarse_minute>(decode_coarse(encode(coarsen(x)))));
    out.push_back(line.next(x.at, {&page, 1}));
  }
  return out;
}

} // namespace

TEST_CASE("of whole minutes, statements of one app on one node stay exact") {
  window over;
  auto ticks = two_days(over);
  auto minutes = pruned(over, ticks);
  for (std::int64_t interval : {60, 300, 3600})
    CHECK(std::get<statement>(state(over, interval, ticks))
          == std::get<statement>(state(over, interval, minutes)));
  window part{over.from + 7200, over.to - 60 * 77};
  CHECK(std::get<statement>(state(part, 60, ticks))
        == std::get<statement>(state(part, 60, minutes)));
}

TEST_CASE("finer than what is kept is an error, with a sentence") {
  window over;
  auto minutes = pruned(over, two_days(over));
  CHECK(std::holds_alternative<statement_error>(state(over, 1, minutes)));
  CHECK(std::holds_alternative<statement_error>(state(over, 90, minutes)));
  CHECK(std::holds_alternative<statement_error>(
      state({over.from + 1, over.to}, 60, minutes)));
}

TEST_CASE("of whole days, statements with samples of a minute stay exact") {
  window over;
  auto ticks = two_days(over);
  for (auto& slices : {ticks, pruned(over, ticks)}) {
    std::vector<std::optional<day_record>> days;
    for (std::int64_t d = 0; d < 2; ++d) {
      day_fold fold;
      for (auto& x : slices)
        if (day_of(x.at).number == 20'000 + d)
          fold.add(x);
      days.emplace_back(
          std::get<day_record>(decode_day(encode(fold.record()))));
    }
    auto by_days = state_days({20'000}, days);
    auto by_ticks = std::get<statement>(state(over, 60, ticks));
    by_ticks.doubts.clear();
    CHECK(by_days == by_ticks);
    days.insert(days.begin() + 1, std::nullopt);
    auto with_hole = state_days({20'000}, days);
    CHECK(with_hole.unknown_seconds
          == by_ticks.unknown_seconds + seconds_per_day);
    CHECK(with_hole.open.p95 == by_ticks.open.p95);
    CHECK(with_hole.doubts
          == std::vector<doubt>{
              {day{20'001}.first(), day{20'001}.last(), false}});
  }
}

TEST_CASE("of two apps together, the peak becomes a bound") {
  coarse_minute early, late;
  early.open = early.billable = {5, {1}};
  late.open = late.billable = {5, {60}};
  timeline line{{{{"a", 1}, {1}, {60}, false}}, 2};
  author_minute page{0, whole_minute, {early, late}};
  auto b = std::get<statement_builder>(statement_builder::make({0, 60}, 60));
  b.add(line.next({0}, {&page, 1}));
  auto s = std::get<statement>(b.finish());
  CHECK(s.peak_is_bound);
  CHECK(s.open.peak.value == 10);
}

TEST_CASE("a minute without ticks hands on what stands") {
  coarse_minute c;
  c.last.open = 8;
  c.open = {9, {3}};
  timeline line{{{{"a", 1}, {1}, {120}, false}}, 1};
  author_minute first{0, whole_minute, {c}}, second{0, whole_minute, {}};
  line.next({0}, {&first, 1});
  CHECK(line.next({1}, {&second, 1}).sum.open[0] == 8);
}
