// A connection as its router sees it.
#pragma once

#include "messages/ids.hpp"
#include "net/outbox.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tidewire {

struct route;

/// One subscription of a subscriber, and its place among those of the route.
struct subscription {
  route* to;
  std::uint32_t place; ///< in route::attached or, while waiting, in no list
  bool attached;
};

/// Where events for one connection go. The router pushes into the outbox and
/// says so with `on_queued`; the rest is the connection's business.
class subscriber {
public:
  subscriber(socket_id id, app_index app) noexcept : id_(id), app_(app) {}
  subscriber(const subscriber&) = delete;
  subscriber& operator=(const subscriber&) = delete;

  socket_id socket() const noexcept { return id_; }
  app_index app() const noexcept { return app_; }

  /// Whether it negotiated compression.
  bool packs() const noexcept { return window_bits_ != 0; }

  /// Queues a frame; it leaves at the end of the turn, compressed where that
  /// was negotiated.
  void queue(const frame_ptr& what) {
    if (deaf_)
      return;
    outbox_.push(packs() ? packed(*what) : what);
    if (!announced_) {
      announced_ = true;
      on_queued();
    }
  }

  /// It is subscribed to that channel from now on. Called before it hears so.
  virtual void on_attached(std::string_view channel) = 0;

  /// A backend ends the connections of the user who is signed in on it.
  virtual void on_terminated() = 0;

  std::vector<subscription> subscriptions;

protected:
  ~subscriber() = default;

  /// Called once until `announced_` is cleared.
  virtual void on_queued() = 0;

  /// The form in which it is sent; asked only if it `packs`.
  virtual frame_ptr packed(const frame& plain) { return frame::share(plain); }

  net::outbox outbox_;
  bool announced_ = false;
  bool deaf_ = false;            ///< closing: nothing more is queued
  std::uint8_t window_bits_ = 0; ///< of negotiated compression; 0 = none

private:
  socket_id id_;
  app_index app_;
};

} // namespace tidewire
