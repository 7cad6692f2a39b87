// The last event of a cache channel. Pure: the clock is an argument.
#pragma once

#include "messages/channel_records.hpp"

#include <cstdint>
#include <optional>

namespace tidewire {

/// Keeps one event for a time (protocol.md, 5.6), whether or not anybody is
/// subscribed. Belongs to the CHANNEL and is lost with it ("may vanish
/// earlier"), but for its copy on another node.
class event_cache {
public:
  /// After a miss that is news, others are not for so long.
  static constexpr std::int64_t miss_pause_ns = 5'000'000'000;

  explicit event_cache(std::int64_t ttl_ns) noexcept : ttl_ns_(ttl_ns) {}

  /// From now on it is this one, for the whole of its time.
  void keep(frame_ptr event, std::int64_t now_ns);

  /// The same for what is left of its time.
  void keep(frame_ptr event, std::int64_t now_ns, std::int64_t left_ns);

  /// What is kept, or a null pointer, and how long.
  frame_ptr event(std::int64_t now_ns) const {
    return now_ns < expires_ns_ ? event_ : frame_ptr{};
  }
  std::int64_t left_ns(std::int64_t now_ns) const noexcept {
    return expires_ns_ - now_ns;
  }

  /// What a newcomer is sent: the event, or a null pointer when there is none.
  /// The copy is made once, and not measured as a delivery.
  frame_ptr replay(std::int64_t now_ns);

  /// The event's data and the time it has left, for the HTTP API.
  std::optional<cached_facts> facts(std::int64_t now_ns) const;

  /// A newcomer found nothing. Whether that is news: of those who come at the
  /// same time only the first one is (protocol.md, 5.6).
  bool missed(std::int64_t now_ns) noexcept;

  /// When there is something to forget, 0 if there is nothing.
  std::int64_t due_ns() const noexcept;

  /// Forgets what has had its time.
  void expire(std::int64_t now_ns);

private:
  std::int64_t ttl_ns_;
  std::int64_t expires_ns_ = 0;
  std::int64_t no_news_until_ns_ = 0; // 0: a miss would be news
  frame_ptr event_;
  frame_ptr replay_;
};

} // namespace tidewire
