// The generator's time: nanoseconds of the monotonic clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidewire::bench {

/// A moment or a duration, in nanoseconds.
using nanos = std::int64_t;

constexpr nanos a_microsecond = 1'000;
constexpr nanos a_millisecond = 1'000'000;
constexpr nanos a_second = 1'000'000'000;

/// The monotonic clock.
inline nanos now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

/// Seconds as a number with a fraction.
constexpr double to_seconds(nanos time) {
  return static_cast<double>(time) / a_second;
}

} // namespace tidewire::bench
