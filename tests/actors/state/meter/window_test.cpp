#include "actors/state/meter/window.hpp"

#include "tests/catch.hpp"

using namespace tidewire::meter;

namespace {

// 2026-11-22T05:30:00Z
constexpr std::int64_t now = 1'795'325'400;

window get(window_or_error x) {
  if (auto* e = std::get_if<window_error>(&x))
    FAIL(e->message);
  return std::get<window>(x);
}

std::string shown(std::string_view text, std::string_view zone = "UTC") {
  auto w = get(parse_window(text, zone, now));
  return render_time(w.from, zone) + " " + render_time(w.to, zone);
}

bool fails(std::string_view text, std::string_view zone = "UTC") {
  return std::holds_alternative<window_error>(parse_window(text, zone, now));
}

} // namespace

TEST_CASE("months are as long as the calendar says") {
  CHECK(get(month_window(2026, 2, "UTC")).seconds() == 28 * 86'400);
  CHECK(get(month_window(2028, 2, "UTC")).seconds() == 29 * 86'400);
  CHECK(get(month_window(2100, 2, "UTC")).seconds() == 28 * 86'400);
  CHECK(shown("2026-12") == "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z");
}

TEST_CASE("days are as long as the clocks of the zone make them") {
  CHECK(get(day_window(2026, 3, 29, "Europe/Berlin")).seconds() == 23 * 3600);
  CHECK(get(day_window(2026, 10, 25, "Europe/Berlin")).seconds() == 25 * 3600);
  CHECK(get(day_window(2026, 10, 26, "Europe/Berlin")).seconds() == 24 * 3600);
  CHECK(shown("2026-10-25", "Europe/Berlin")
        == "2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00");
  // Clocks that were set forward at midnight: the day begins at one o'clock.
  CHECK(get(day_window(2018, 11, 4, "America/Sao_Paulo")).seconds()
        == 23 * 3600);
  // A day of which half an hour was repeated.
  CHECK(get(day_window(2026, 4, 5, "Australia/Lord_Howe")).seconds()
        == 24 * 3600 + 1800);
}

TEST_CASE("an hour that the clocks repeat is both, one they skip is none") {
  CHECK(get(hour_window(2026, 10, 25, 2, "Europe/Berlin")).seconds() == 7200);
  CHECK(std::holds_alternative<window_error>(
      hour_window(2026, 3, 29, 2, "Europe/Berlin")));
}

TEST_CASE("windows are read as operators write them") {
  CHECK(shown("2026-11-22") == "2026-11-22T00:00:00Z 2026-11-23T00:00:00Z");
  CHECK(shown("2026-11-22T05") == "2026-11-22T05:00:00Z 2026-11-22T06:00:00Z");
  CHECK(shown("30d") == "2026-10-23T05:30:00Z 2026-11-22T05:30:00Z");
  CHECK(shown("month") == "2026-11-01T00:00:00Z 2026-12-01T00:00:00Z");
  CHECK(shown("last-month") == "2026-10-01T00:00:00Z 2026-11-01T00:00:00Z");
  CHECK(shown("day") == "2026-11-22T00:00:00Z 2026-11-23T00:00:00Z");
  CHECK(shown("last-day") == "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z");
  CHECK(shown("hour") == "2026-11-22T05:00:00Z 2026-11-22T06:00:00Z");
  CHECK(shown("last-hour") == "2026-11-22T04:00:00Z 2026-11-22T05:00:00Z");
  CHECK(shown("2026-11-01/2026-11-08T12:30")
        == "2026-11-01T00:00:00Z 2026-11-08T12:30:00Z");
  CHECK(shown("2026-11-01T00:00:07Z/2026-11-02", "Asia/Kolkata")
        == "2026-11-01T05:30:07+05:30 2026-11-02T00:00:00+05:30");
}

TEST_CASE("what is no window is answered with a sentence") {
  for (auto text :
       {"", "2026", "2026-13", "2026-02-29", "2026-11-22T24",
        "2026-11-22T05:00", "0d", "4000d", "d", "-5d", "yesterday",
        "2026-11-08/2026-11-01", "2026-11-01/", "2026-11-01/2026-11-01",
        "2026-1-1", "2026-11-2x", "last-2026-11", "99999999999d",
        "2026-11-01/2026-11-02/2026-11-03"}) {
    CAPTURE(text);
    CHECK(fails(text));
  }
  CHECK(fails("month", "Europe/Berlinn"));
  CHECK(fails("month", ""));
  CHECK(fails("month", "../../etc/passwd"));
  CHECK(zone_exists("Europe/Berlin"));
  CHECK(!zone_exists("Nowhere"));
}

TEST_CASE("a window's ticks are those whose second lies in it") {
  window w{60, 120};
  CHECK(w.first() == minute{1}.first());
  CHECK(w.last() == minute{1}.last());
}
