#include "actors/usage/sizing.hpp"

#include "actors/commands/render.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::usage;
using namespace tidewire::meter;

namespace {

constexpr std::int64_t first_day = 20'393; // 2025-11-01
constexpr std::int64_t days = 30;

period whole_november() {
  return {{first_day * seconds_per_day, (first_day + days) * seconds_per_day},
          "UTC",
          300,
          false};
}

std::vector<tier> ladder() {
  std::vector<tier> out(4);
  std::uint64_t caps[] = {150, 250, 500, 1000};
  const char* names[] = {"small", "middle", "large", "huge"};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].name = names[i];
    out[i].connections = caps[i];
    out[i].grace_seconds = seconds_per_day;
    out[i].price_cents = caps[i] * 10;
  }
  return out;
}

// 100 connections on the first day and 10 more on each that follows; one
// newcomer a minute.
size_fold::outcome growing_month(std::span<const tier> tiers) {
  size_fold fold{whole_november(), tiers};
  for (std::int64_t d = 0; d < days; ++d)
    for (int m = 0; m < 1440; ++m) {
      minute_slice slice;
      slice.at = {(first_day + d) * 1440 + m};
      slice.known = whole_minute;
      auto level = static_cast<std::uint64_t>(100 + 10 * d);
      for (int i = 0; i < minute::ticks; ++i)
        slice.sum.set(i, tick_figures::idle({.open = level}));
      slice.sum.did.opened = 1;
      CHECK(fold.add(slice));
    }
  return std::get<size_fold::outcome>(fold.finish());
}

} // namespace

TEST_CASE("a month that grows has a known answer") {
  auto tiers = ladder();
  auto was = growing_month(tiers);
  CHECK(was.what.billable.peak.value == 390);
  CHECK(was.what.samples == 8640);
  // 432 dropped: the last day's 288, and 144 of the one before.
  CHECK(was.what.billable.p95 == 380);
  CHECK(render_thousandths(average_thousandths(was.what, was.what.billable))
        == "245.000");
  REQUIRE(was.daily_peaks.size() == 30);
  CHECK(was.daily_peaks[29].second == 390);

  // 160 on the seventh day is above 150; a day later, it is over to the end.
  CHECK(was.tiers[0].graces == 1);
  CHECK(was.tiers[0].times_over == 1);
  CHECK(was.tiers[0].grace_seconds == seconds_per_day);
  CHECK(was.tiers[0].over_seconds == 23 * seconds_per_day);
  CHECK(was.tiers[0].refused == 23 * 1440);
  // 260 on the seventeenth is above 250.
  CHECK(was.tiers[1].over_seconds == 13 * seconds_per_day);
  CHECK(was.tiers[2].graces == 0);

  auto out = size_answer(
      tiers, {.peak = {}, .growth_percent = 20, .headroom_percent = 10},
      subject::app("1"), whole_november(), was, "small");
  auto json = commands::render_json(out);
  INFO(json);
  auto has = [&](const char* part) {
    return json.find(part) != std::string::npos;
  };
  // 390 × 1.2 × 1.1 = 514.8
  CHECK(has("\"recommendation\":{\"tier\":\"huge\",\"peak\":390,"));
  CHECK(has("\"connections\":515,\"present_tier\":\"small\"}"));
  CHECK(has("{\"by\":\"peak\",\"connections\":390,\"tier\":\"large\","
            "\"price\":50}"));
  CHECK(has("{\"by\":\"p95\",\"connections\":380,\"tier\":\"large\","));
  CHECK(has("{\"by\":\"average\",\"connections\":245,\"tier\":\"middle\","));
  // 100 + 10 d is above 500 for d = 41, above 1000 for d = 91.
  CHECK(has("\"tier\":\"large\",\"connections\":500,\"fits\":false,"));
  CHECK(has("\"crossed_on\":\"2025-12-12\""));
  CHECK(has("\"crossed_on\":\"2026-01-31\""));
}

TEST_CASE("what is expected needs no past") {
  auto json = commands::render_json(size_answer(
      ladder(), {.peak = 800, .growth_percent = 50, .headroom_percent = 20}, {},
      {}, {}, ""));
  CHECK(json.find("\"tier\":\"none\",\"peak\":800") != std::string::npos);
  CHECK(json.find("No tier holds 1440 connections.") != std::string::npos);
  json = commands::render_json(size_answer(
      ladder(), {.peak = 100, .growth_percent = 25, .headroom_percent = 20}, {},
      {}, {}, ""));
  CHECK(json.find("\"tier\":\"small\",\"peak\":100") != std::string::npos);
}

TEST_CASE("a day of which nothing is known is no day without connections") {
  auto tiers = ladder();
  size_fold fold{whole_november(), tiers};
  for (auto d : {0, 5}) {
    minute_slice slice;
    slice.at = {(first_day + d) * 1440 + 30};
    slice.known = whole_minute;
    for (int i = 0; i < minute::ticks; ++i)
      slice.sum.set(i, tick_figures::idle({.open = 50}));
    fold.add(slice);
  }
  auto was = std::get<size_fold::outcome>(fold.finish());
  CHECK(was.daily_peaks.size() == 2);
  CHECK(was.what.unknown_seconds == days * seconds_per_day - 120);
}
