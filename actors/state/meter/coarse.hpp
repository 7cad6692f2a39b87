// What remains of minutes and days when ticks are pruned.
#pragma once

#include "actors/state/meter/codec.hpp"
#include "actors/state/meter/figures.hpp"

#include <map>
#include <optional>
#include <string>

namespace tidewire::meter {

/// The most at any tick, and the first tick at which it was so many.
struct tick_peak {
  std::uint64_t value = 0;
  tick at;

  void see(std::uint64_t x, tick t) noexcept;
  friend bool operator==(const tick_peak&, const tick_peak&) = default;
};

/// A minute of an app and author without its ticks. What is kept is exact:
/// peaks over ticks, the levels at the last known tick, connection-time and
/// counts. So of one app on one node a statement with samples of whole minutes
/// on the minute stays what it was; of several apps or nodes together the peak
/// becomes a bound (`statement::peak_is_bound`).
struct coarse_minute {
  levels last;
  tick_peak open, billable;
  std::uint64_t highest = 0; ///< within ticks
  std::uint64_t users = 0;   ///< the most at any tick
  std::int64_t connection_ms = 0;
  std::int64_t unbilled_ms = 0;
  counts did;

  friend bool operator==(const coarse_minute&, const coarse_minute&) = default;
};

/// A day (UTC) of an app and author. `samples`: how often each value was that
/// of a minute's last tick, where known. So of one app on one node statements
/// of whole UTC days with samples of 60 s stay exact.
struct day_record {
  std::map<std::uint64_t, std::uint32_t> open_samples, billable_samples;
  std::uint32_t known_seconds = 0;
  tick_peak open, billable;
  std::uint64_t highest = 0;
  std::uint64_t users = 0;
  std::int64_t connection_ms = 0;
  std::int64_t unbilled_ms = 0;
  counts did;

  friend bool operator==(const day_record&, const day_record&) = default;
};

std::string encode(const coarse_minute& record);
std::string encode(const day_record& record);
decoded<coarse_minute> decode_coarse(std::string_view bytes);
decoded<day_record> decode_day(std::string_view bytes);

/// Of an encoded minute_record, a tenth of the work of its ticks:
/// what `coarsen` says of it if the whole minute is known. Nothing if it does
/// not begin with the minute, or cannot be read.
std::optional<coarse_minute> decode_summary(std::string_view bytes, minute at);

} // namespace tidewire::meter
