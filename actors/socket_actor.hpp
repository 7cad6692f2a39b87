// The base of actors that own one WebSocket of their own kind.
#pragma once

#include "actors/pinned_actor.hpp"
#include "messages/frame.hpp"
#include "net/http_session.hpp"
#include "net/http_text.hpp"
#include "net/outbox.hpp"
#include "net/ws_codec.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tidewire {

/// To a socket_actor, from its socket: a whole message, text (valid UTF-8) or
/// binary.
struct ws_received {
  net::ws_opcode kind;
  std::string payload;
};

/// What one WebSocket may cost. Sizes in bytes, times in nanoseconds.
struct socket_limits {
  std::uint32_t max_message = 64 * 1024; ///< longer ones end it with 1009
  bool allow_binary = true;              ///< without it, 1003
  std::size_t max_outbox =
      std::size_t{1024} * 1024; ///< more than that is a slow reader
  std::int64_t patience_ns = 30'000'000'000; ///< so is taking nothing so long
  std::uint16_t slow_reader = 1008;          ///< how a slow reader is closed
};

/// A full event-based actor that owns one WebSocket. What the peer says comes
/// as `ws_received` to the behavior of the subclass, which may do whatever an
/// actor may: monitor, request, become. A new one is made by `socket_host`, or
/// by `open_socket` out of any handler of upgrades.
///
/// Pings and the peer's close are answered by the base, in the order of the
/// wire (RFC 6455 §5.5), but at once while the actor awaits a response. What
/// came before the end of the socket is still handled; then the actor quits.
/// The other way round, an actor that quits or fails closes its socket: with
/// 1000, 1001 if it was told to shut down, 1011 otherwise.
///
/// Nothing grows without bound: reading pauses while too much is unhandled or
/// unwritten, and a slow reader is closed. There is no liveness check; a
/// subclass that wants one says pings.
class socket_actor : public pinned_actor,
                     private net::pollable,
                     private net::ws_sink,
                     private net::outbox::observer {
public:
  socket_actor(caf::actor_config& cfg, net::reactor& where,
               const socket_limits& limits);
  ~socket_actor() override;

  /// Takes the socket of an accepted handshake and answers it. On the
  /// reactor's thread, once; whoever spawns the actor calls it.
  void take_over(net::http_session& from, std::string_view answer);

  using pinned_actor::consume;
  caf::invoke_message_result consume(caf::mailbox_element& x) override;
  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override;

protected:
  // In handlers of the actor only.

  /// Queues a message, text (the caller's UTF-8) or binary, or a ping of at
  /// most 125 bytes. It leaves at the end of the turn. Dropped once closing.
  void say(net::ws_opcode kind, std::string_view payload);

  /// The same for a frame that others get as well.
  void say(const frame_ptr& encoded);

  /// Begins to close: all that is queued, then a close frame (`code` as
  /// RFC 6455 §7.4 allows). Nothing is heard any more. The actor quits when
  /// the peer has closed, or has shown no progress for two seconds.
  void close(std::uint16_t code, std::string_view reason = {});

private:
  enum class state : std::uint8_t { fresh, open, closing, gone, ended };

  // pollable
  void on_ready(std::uint32_t events) override;
  void on_flush() override;
  void on_failure(const char* what) noexcept override;
  void release() noexcept override;

  // ws_sink
  bool on_message(net::ws_opcode kind, std::string_view payload) override;
  bool on_ping(std::string_view payload) override;
  bool on_pong(std::string_view) override { return true; }
  bool on_close(std::uint16_t code, std::string_view reason) override;

  // observer
  void written(const frame&) noexcept override {}

  void read();
  void feed(std::span<char> bytes);
  void write();
  void on_timer();
  void leave(std::string_view close_payload);
  void show_out();
  void lose(caf::error why);
  void patience(std::int64_t delay_ns);
  void watch_events();
  std::size_t unsent() const noexcept;

  struct deadline : net::timer {
    explicit deadline(socket_actor& a);
    socket_actor& owner;
  };

  socket_limits limits_;
  std::unique_ptr<net::tls_stream> tls_; // null: a plain socket
  net::ws_decoder decoder_;
  net::outbox outbox_;
  deadline deadline_; // of progress, while there is something to wait for
  std::int64_t unhandled_ = 0; // bytes of messages in the mailbox
  std::uint32_t interest_ = 0;
  state state_ = state::fresh;
  bool waits_to_write_ = false;
  bool half_closed_ = false;
};

/// Makes a `T`, launches it and gives it the socket of a handshake. Called by
/// an `http_handler` in `on_upgrade`, on the reactor's thread; `T` is built
/// from `(caf::actor_config&, net::reactor&, args...)`.
template <class T, class... Args>
caf::actor open_socket(net::reactor& where, net::http_session& session,
                       const net::http_request& request, Args&&... args) {
  const auto answer = net::switching_protocols(request.websocket_key);
  auto result = spawn_on<T>(where, std::forward<Args>(args)...);
  auto* self = caf::actor_cast<caf::abstract_actor*>(result);
  static_cast<T*>(self)->take_over(session, answer);
  return result;
}

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::ws_received)
