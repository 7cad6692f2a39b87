#include "actors/state/meter/sizing.hpp"

#include "tests/actors/state/meter/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire::meter;
using namespace tidewire::meter::testing;

namespace {

const std::vector<tier> tiers = {
    {.name = "free", .connections = 100},
    {.name = "side", .connections = 500},
    {.name = "business", .connections = 5000},
    {.name = "any", .connections = 0},
};

// A month with a known answer: 80 by night and 450 by day, and on the 10th a
// spike of 1,000 for an hour.
std::optional<std::uint64_t> busy(std::int64_t second, window month) {
  auto s = second - month.from;
  if (s / 86'400 == 9 && s / 3600 % 24 == 12)
    return 1000;
  return s / 3600 % 24 >= 8 && s / 3600 % 24 < 20 ? 450 : 80;
}

std::string name_at(std::optional<std::size_t> place) {
  return place ? tiers[*place].name : "none";
}

} // namespace

TEST_CASE("growth and headroom are put on the peak, rounded up") {
  CHECK(expectation{100, 0, 0}.connections() == 100);
  CHECK(expectation{100, 20, 25}.connections() == 150);
  CHECK(expectation{333, 10, 10}.connections() == 403);
}

TEST_CASE("the smallest tier that holds them is recommended") {
  CHECK(name_at(smallest_tier(tiers, 100)) == "free");
  CHECK(name_at(smallest_tier(tiers, 101)) == "side");
  CHECK(name_at(smallest_tier(tiers, 5001)) == "any");
  CHECK(smallest_tier({tiers.data(), 3}, 5001) == std::nullopt);
}

TEST_CASE("a month with a known answer: rules, tiers and what they mean") {
  auto month = month_of(2026, 11);
  auto line = [&](std::int64_t s) { return busy(s, month); };
  tier_replay replay{month, tiers};
  auto builder =
      std::get<statement_builder>(statement_builder::make(month, 60));
  for_slices(month, line, [&](auto& slice) {
    replay.add(slice);
    builder.add(slice);
  });
  auto s = std::get<statement>(builder.finish());
  auto rules = compare_rules(s, tiers);
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].connections == 1000);
  CHECK(name_at(rules[0].tier) == "business");
  CHECK(rules[1].connections == 450); // the spike is 1 hour of 36 dropped
  CHECK(name_at(rules[1].tier) == "side");
  CHECK(rules[2].connections == 266); // (450·12 + 80·12)/24 + 550/720
  auto outcomes = replay.outcomes();
  CHECK(outcomes[0].graces == 7); // the 1st to the 7th: then it has run out
  CHECK(outcomes[0].over_seconds > 0);
  CHECK(outcomes[1].graces == 1);
  CHECK(outcomes[1].grace_seconds == 3600);
  CHECK(outcomes[1].times_over == 0);
  CHECK(outcomes[2] == tier_outcome{.tier = "business"});
  CHECK(outcomes[3] == tier_outcome{.tier = "any"});
}

TEST_CASE("newcomers of minutes over the cap are the estimate of refusals") {
  tier strict{.name = "x", .connections = 10, .grace_seconds = 0};
  auto observed = strict;
  observed.over = when_over::observe;
  tier_replay replay{{0, 60}, std::vector{strict, observed}};
  minute_slice slice;
  slice.known = whole_minute;
  for (int i = 0; i < minute::ticks; ++i)
    slice.sum.open[i] = i < 30 ? 5 : 11;
  slice.sum.did.opened = 100;
  replay.add(slice);
  auto out = replay.outcomes();
  CHECK(out[0].over_seconds == 30);
  CHECK(out[0].refused == 50);
  CHECK(out[1].over_seconds == 30);
  CHECK(out[1].refused == 0);
}

TEST_CASE("the day on which growth crosses the cap") {
  std::vector<std::pair<day, std::uint64_t>> peaks;
  for (std::int64_t d = 0; d < 10; ++d)
    peaks.emplace_back(day{100 + d}, 50 + 5 * d);
  CHECK(crossing_day(peaks, 100) == day{111}); // 100 on day 110
  CHECK(crossing_day(peaks, 94) == day{109});
  CHECK(crossing_day(peaks, 10) == day{109});
  CHECK(crossing_day(peaks, 100'000) == std::nullopt);
  for (auto& [at, peak] : peaks)
    peak = 50;
  CHECK(crossing_day(peaks, 100) == std::nullopt);
  CHECK(crossing_day({peaks.data(), 1}, 100) == std::nullopt);
}
