// The CONNECTION: one WebSocket, one actor.
#pragma once

#include "actors/lean_actor.hpp"
#include "actors/state/node_limits.hpp"
#include "actors/state/subscriber.hpp"
#include "messages/lifecycle.hpp"
#include "net/http_session.hpp"
#include "net/pusher/client_event.hpp"
#include "net/pusher/close_code.hpp"
#include "net/pusher/rate_limit.hpp"
#include "net/ws_codec.hpp"
#include "net/ws_deflate.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire {

struct shard;

/// Owns its socket and its protocol state. Frames enter at `on_ready`, leave
/// at `on_flush`. Takes `exit_msg` (the socket closes) and, in tests,
/// `fail_now`. Lives until its socket is closed; it is in the live set, and so
/// counted, from `open` until it begins to close.
class connection final : public lean_actor,
                         public subscriber,
                         private net::pollable,
                         private net::ws_sink,
                         private net::outbox::observer {
public:
  connection(caf::actor_config& cfg, shard& home, app_index app, socket_id id);
  ~connection() override;

  /// Takes over a socket whose handshake is accepted: answers it, says
  /// `connection_established`, and counts, unless the app demands that it be
  /// authorized first. `response` is the 101 answer, `deflate` what it accepts.
  /// What it holds of the node's limits it gives back when it begins to close.
  static void open(shard& home, app_index app, net::http_session& from,
                   const std::string& response,
                   const std::optional<net::ws_deflate_terms>& deflate,
                   const permit& held);

  /// Begins to close: not counted from now on, a close frame as last word.
  void close(pusher::close_code code, close_reason why);
  void close(std::uint16_t code, std::string_view reason, close_reason why);

  // -- while it waits for a permit, in a cluster (waiting_room) ---------------

  /// Takes a place of its app, if there is one now; then `permit_came` follows.
  bool may_count();
  void permit_came();
  void no_permit(pusher::close_code code);

  /// What its user is known by to other nodes; 0 if there is none.
  std::uint64_t user_key() const noexcept { return user_key_; }

  const char* name() const override { return "CONNECTION"; }
  std::int64_t opened_ns() const noexcept { return opened_ns_; }
  std::int64_t last_inbound_ns() const noexcept { return last_inbound_ns_; }

  /// What waits to be sent to it.
  std::size_t outbox_bytes() const noexcept { return unsent(); }

  /// The other side of its socket, which may be a proxy; empty when it has
  /// left.
  std::string address() const;

  bool encrypted() const noexcept { return tls_ != nullptr; }
  bool is_open() const noexcept { return state_ == state::open; }

  /// Its place in the live set of its app, or among those that are not accepted
  /// yet; kept by the set.
  std::uint32_t live_place = UINT32_MAX;

private:
  // Pending: it is served, but not accepted and so not counted.
  enum class state : std::uint8_t { fresh, pending, open, closing };

  static std::int64_t in_ns(config::duration d) noexcept {
    return std::chrono::nanoseconds{d}.count();
  }

  bool alive() const noexcept {
    return state_ == state::open || state_ == state::pending;
  }

  void start(net::http_session& from, const std::string& response);

  // lean_actor
  bool handle(caf::mailbox_element& what) override;
  void on_end(const caf::error& reason) noexcept override;

  // subscriber
  void on_queued() override;
  void on_attached(std::string_view channel) override;
  void on_terminated() override;
  frame_ptr packed(const frame& plain) override;

  // pollable
  void on_ready(std::uint32_t events) override;
  void on_flush() override;
  void on_failure(const char* what) noexcept override;
  void release() noexcept override;

  // ws_sink
  bool on_message(net::ws_opcode kind, std::string_view payload) override;
  bool on_ping(std::string_view payload) override;
  bool on_pong(std::string_view payload) override;
  bool on_close(std::uint16_t code, std::string_view reason) override;

  // observer
  void written(const frame& what) noexcept override;

  void read();
  void write();
  void feed(char* bytes, std::size_t size);
  void want_write(bool wanted);
  std::size_t unsent() const noexcept;

  // whether it is accepted, and alive: actors/connection_liveness.cpp
  void enter();
  bool accept();
  void known_as(std::string_view user);
  void watch_liveness();
  void on_timer();
  void wake_at(std::int64_t when_ns);

  // its end: actors/connection_closing.cpp
  void leave(close_reason why) noexcept;
  void end(caf::error reason);

  // what a client says: actors/connection_protocol.cpp
  void say(std::string_view text);
  void say_error(std::string_view sentence,
                 std::optional<std::uint16_t> code = {});
  void on(const pusher::subscribe& x);
  void on(const pusher::unsubscribe& x);
  void on(const pusher::signin& x);
  void on(const pusher::ping& x);
  void on(const pusher::pong& x);
  void on(const pusher::channel_event& x);
  void on(const pusher::malformed& x);

  struct watch : net::timer {
    explicit watch(connection& c);
    connection& owner;
  };

  shard& home_;
  std::unique_ptr<net::tls_stream> tls_; // null: a plain socket
  net::ws_decoder decoder_;
  watch watch_;
  std::int64_t opened_ns_ = 0;
  std::int64_t last_inbound_ns_ = 0;
  std::int64_t pinged_ns_ = 0;
  permit held_;
  std::uint32_t closing_place_ = 0;
  std::uint64_t user_key_ = 0;           // in a cluster only
  std::unique_ptr<pusher::signin> said_; // who signs in, until a permit comes
  pusher::rate_limit client_events_;
  state state_ = state::fresh;
  bool first_check_ = true;
  bool waits_ = false; // authorized, but there is no permit yet
  // Why it has to go, though authorized: its app is full, or over its cap.
  std::optional<refuse_reason> crowded_out_;
  std::optional<pusher::close_code> no_permit_;
  bool waits_to_write_ = false;
  std::uint8_t interest_ = 1; // EPOLLIN
  bool half_closed_ = false;
};

} // namespace tidewire
