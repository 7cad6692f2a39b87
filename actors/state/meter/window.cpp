#include "actors/state/meter/window.hpp"

#include <date/tz.h>

#include <stdexcept>

namespace tidewire::meter {

namespace {

using date::local_days;
using date::local_seconds;
using std::chrono::hours;

// Nothing if this machine does not know the zone. UTC needs no zone files.
std::optional<const date::time_zone*> find_zone(std::string_view name) {
  if (name == "UTC")
    return nullptr;
  try {
    return date::locate_zone(std::string{name});
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

window_error no_zone(std::string_view name) {
  return {"the time zone \"" + std::string{name}
          + "\" is not known here: use a name such as \"Europe/Berlin\", or "
            "\"UTC\" (zones come from the package tzdata)"};
}

// Of a time that the clocks show twice the first; of one that they skip the
// instant at which they skip it.
std::int64_t instant(const date::time_zone* zone, local_seconds at) {
  return (zone ? zone->to_sys(at, date::choose::earliest)
               : date::sys_seconds{at.time_since_epoch()})
      .time_since_epoch()
      .count();
}

window_or_error between(std::string_view zone_name, local_seconds from,
                        local_seconds to, const char* what) {
  auto zone = find_zone(zone_name);
  if (!zone)
    return no_zone(zone_name);
  window w{instant(*zone, from), instant(*zone, to)};
  if (w.seconds() <= 0)
    return window_error{std::string{"the clocks of "} + std::string{zone_name}
                        + " skip this " + what};
  return w;
}

std::optional<local_days> date_of(int year, unsigned month, unsigned day) {
  date::year_month_day x{date::year{year}, date::month{month}, date::day{day}};
  if (!x.ok() || year < 1970 || year > 9999)
    return std::nullopt;
  return local_days{x};
}

window_error no_date() {
  return {"there is no such date; write a year from 1970 to 9999, a month and "
          "a day, as in 2026-11-22"};
}

} // namespace

window_or_error month_window(int year, unsigned month, std::string_view zone) {
  auto from = date_of(year, month, 1);
  if (!from)
    return no_date();
  auto next = date::year{year} / date::month{month} / 1 + date::months{1};
  return between(zone, *from, local_days{next}, "month");
}

window_or_error day_window(int year, unsigned month, unsigned day,
                           std::string_view zone) {
  auto from = date_of(year, month, day);
  if (!from)
    return no_date();
  return between(zone, *from, *from + date::days{1}, "day");
}

window_or_error hour_window(int year, unsigned month, unsigned day,
                            unsigned hour, std::string_view zone) {
  auto at = date_of(year, month, day);
  if (!at || hour > 23)
    return no_date();
  return between(zone, *at + hours{hour}, *at + hours{hour + 1}, "hour");
}

window_or_error rolling_window(std::int64_t days, std::int64_t now) {
  if (days < 1 || days > 3660)
    return window_error{"a rolling window is 1 to 3660 days long"};
  return window{now - days * seconds_per_day, now};
}

bool zone_exists(std::string_view zone) {
  return find_zone(zone).has_value();
}

std::optional<std::int64_t> instant_of(const local_time& x,
                                       std::string_view zone_name) {
  auto at = date_of(x.year, x.month, x.day);
  auto zone = find_zone(zone_name);
  if (!at || !zone || x.hour > 23 || x.minute > 59 || x.second > 59)
    return std::nullopt;
  return instant(*zone, *at + hours{x.hour} + std::chrono::minutes{x.minute}
                            + std::chrono::seconds{x.second});
}

local_time local_time_of(std::int64_t seconds, std::string_view zone_name) {
  auto zone = find_zone(zone_name);
  date::sys_seconds at{std::chrono::seconds{seconds}};
  auto offset =
      zone && *zone ? (*zone)->get_info(at).offset : std::chrono::seconds{0};
  auto local = local_seconds{at.time_since_epoch() + offset};
  auto midnight = date::floor<date::days>(local);
  date::year_month_day d{midnight};
  date::hh_mm_ss t{local - midnight};
  return {static_cast<int>(d.year()),
          static_cast<unsigned>(d.month()),
          static_cast<unsigned>(d.day()),
          static_cast<unsigned>(t.hours().count()),
          static_cast<unsigned>(t.minutes().count()),
          static_cast<unsigned>(t.seconds().count()),
          offset.count()};
}

} // namespace tidewire::meter
