// The last event of a cache channel. Pure: the clock is an argument.
#pragma once

#include "messages/channel_records.hpp"

#include <cstdint>
#include <optional>

namespace tidewire {

/// Keeps one event for a time (protocol.md, 5.6), whether or not anybody is
/// subscribed. Belongs to the CHANNEL and is lost with it: "may vanish
/// earlier".
class event_cache {
public:
  explicit event_cache(std::int64_t ttl_ns) noexcept : ttl_ns_(ttl_ns) {}

  /// From now on it is this one, for the whole of its time.
  void keep(frame_ptr event, std::int64_t now_ns);

  /// What a newcomer is sent: the event, or a null pointer when there is none.
  /// The copy is made once, and not measured as a delivery.
  frame_ptr replay(std::int64_t now_ns);

  /// The event's data and the time it has left, for the HTTP API.
  std::optional<cached_facts> facts(std::int64_t now_ns) const;

  /// When the event expires; 0 if there is none.
  std::int64_t expires_ns() const noexcept { return event_ ? expires_ns_ : 0; }

  /// Forgets the event if its time is over.
  void expire(std::int64_t now_ns);

private:
  std::int64_t ttl_ns_;
  std::int64_t expires_ns_ = 0;
  frame_ptr event_;
  frame_ptr replay_;
};

} // namespace tidewire
