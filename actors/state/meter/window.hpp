// Billing periods.
#pragma once

#include "actors/state/meter/tick.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tidewire::meter {

/// A length of time [from, to) in seconds since the epoch. The ticks in it are
/// from + 1 to to: those whose second lies within.
struct window {
  std::int64_t from = 0;
  std::int64_t to = 0;

  tick first() const noexcept { return {from + 1}; }
  tick last() const noexcept { return {to}; }
  std::int64_t seconds() const noexcept { return to - from; }
  friend bool operator==(const window&, const window&) = default;
};

/// A sentence that says what to write instead.
struct window_error {
  std::string message;
};

using window_or_error = std::variant<window, window_error>;

/// Calendar windows in `zone`, an IANA name ("Europe/Berlin") or "UTC". A month
/// is as long as the zone's clocks made it; an hour that they repeat is both.
window_or_error month_window(int year, unsigned month, std::string_view zone);
window_or_error day_window(int year, unsigned month, unsigned day,
                           std::string_view zone);
window_or_error hour_window(int year, unsigned month, unsigned day,
                            unsigned hour, std::string_view zone);

/// The `days` times 24 hours that end at `now` (seconds since the epoch).
window_or_error rolling_window(std::int64_t days, std::int64_t now);

/// What an operator writes: `2026-11`, `2026-11-22`, `2026-11-22T05`, `30d`,
/// `2026-11-01/2026-11-08T12:30` (from/to: dates, or times to the minute or
/// second, in the zone or with a Z at the end in UTC), `month`, `day`, `hour`
/// (the present ones) and `last-month`, `last-day`, `last-hour`.
window_or_error parse_window(std::string_view text, std::string_view zone,
                             std::int64_t now);

/// Whether the zone is known on this machine.
bool zone_exists(std::string_view zone);

/// What a clock on a wall shows.
struct local_time {
  int year = 1970;
  unsigned month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::int64_t offset = 0; ///< seconds east of UTC
};

/// UTC if the zone is not known.
local_time local_time_of(std::int64_t seconds, std::string_view zone);

/// The first instant at which the clocks show it, `offset` aside; the instant
/// at which they skip it; nothing if there is no such date or zone.
std::optional<std::int64_t> instant_of(const local_time& x,
                                       std::string_view zone);

/// `2026-11-22T05:00:00+01:00` in the zone; UTC if the zone is not known.
std::string render_time(std::int64_t seconds, std::string_view zone);

} // namespace tidewire::meter
