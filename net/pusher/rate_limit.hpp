/// How many client events a connection may send (protocol.md §5.9).
#pragma once

#include <cstdint>

namespace tidewire::pusher {

/// Counts events in windows of one second; a window begins with the first
/// event after the last window. So `per_second` events may come in a row, and
/// the next one is refused until a second after the first. Eight bytes, because
/// every connection has one.
class rate_limit {
public:
  /// Whether an event may pass at `now_ms`, a monotonic clock. 0 per second
  /// means no limit. A refused event is not counted.
  constexpr bool allow(std::uint64_t now_ms,
                       std::uint32_t per_second) noexcept {
    if (per_second == 0)
      return true;
    // The clock is kept modulo 2^32 ms; unsigned subtraction makes that right
    // for any pause but one of 49.7 days to the second.
    auto now = static_cast<std::uint32_t>(now_ms);
    if (count_ == 0 || now - window_start_ >= 1000) {
      window_start_ = now;
      count_ = 0;
    }
    if (count_ >= per_second)
      return false;
    ++count_;
    return true;
  }

private:
  std::uint32_t window_start_ = 0;
  std::uint32_t count_ = 0;
};

static_assert(sizeof(rate_limit) == 8);

} // namespace tidewire::pusher
