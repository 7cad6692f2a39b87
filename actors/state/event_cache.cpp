#include "actors/state/event_cache.hpp"

#include "net/pusher/server_event.hpp"
#include "net/ws_frame.hpp"

#include <algorithm>

namespace tidewire {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

} // namespace

void event_cache::keep(frame_ptr event, std::int64_t now_ns) {
  keep(std::move(event), now_ns, ttl_ns_);
}

void event_cache::keep(frame_ptr event, std::int64_t now_ns,
                       std::int64_t left_ns) {
  event_ = std::move(event);
  replay_ = {};
  expires_ns_ = now_ns + std::clamp<std::int64_t>(left_ns, 0, ttl_ns_);
  no_news_until_ns_ = 0;
}

// What is measured on the way to a socket is the time since the publish, and a
// newcomer's copy is long after that.
frame_ptr event_cache::replay(std::int64_t now_ns) {
  expire(now_ns);
  if (event_ && !replay_)
    replay_ = frame::make(event_->bytes(), {});
  return replay_;
}

std::optional<cached_facts> event_cache::facts(std::int64_t now_ns) const {
  if (!event_ || now_ns >= expires_ns_)
    return std::nullopt;
  auto left = (expires_ns_ - now_ns + second_ns - 1) / second_ns;
  return cached_facts{
      pusher::data_of_channel_event(net::ws_frame_payload(event_->bytes())),
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, left))};
}

bool event_cache::missed(std::int64_t now_ns) noexcept {
  if (now_ns < no_news_until_ns_)
    return false;
  no_news_until_ns_ = now_ns + miss_pause_ns;
  return true;
}

// A miss and an event exclude each other.
std::int64_t event_cache::due_ns() const noexcept {
  return event_ ? expires_ns_ : no_news_until_ns_;
}

void event_cache::expire(std::int64_t now_ns) {
  if (now_ns >= expires_ns_) {
    event_ = {};
    replay_ = {};
  }
  if (now_ns >= no_news_until_ns_)
    no_news_until_ns_ = 0;
}

} // namespace tidewire
