// One WebSocket of the generator, from connect to close.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/loop.hpp"
#include "bench/target.hpp"
#include "bench/wire.hpp"
#include "net/ws_zip.hpp"

namespace tidewire::bench {

class ws_client;
class delivery_sampler;

enum class client_phase : std::uint8_t {
  idle,        ///< no socket
  connecting,  ///< TCP is being set up
  upgrading,   ///< the request is sent
  greeting,    ///< 101 came, connection_established has not
  subscribing, ///< subscribe is sent
  open,        ///< all of that is answered
  closing,     ///< a close frame has gone out
};

/// Who or what ended a connection.
enum class ending : std::uint8_t {
  by_client,
  by_server,
  connect_failed,
  bad_upgrade, ///< the answer was not 101, or a wrong one
  broken,      ///< the server broke the protocol
};

struct close_cause {
  ending how = ending::by_client;
  /// The close code received; 1005 if the frame had none, 1006 without a frame.
  std::uint16_t code = 1006;
  /// The reason, or what the operating system says. Valid during the call.
  std::string_view text = {};
};

/// Hears what happens to the clients of a context. All calls come from
/// ws_client::on_ready on the loop's thread.
class client_listener {
public:
  virtual ~client_listener() = default;

  /// connection_established came: from now on the server counts this one.
  virtual void established(ws_client&, std::string_view /*text*/) {}
  /// Everything that the plan asked for has been answered.
  virtual void ready(ws_client&) {}
  /// The server asked whether it is alive, and has been answered.
  virtual void pinged(ws_client&) {}
  /// pusher:error or pusher:subscription_error.
  virtual void error(ws_client&, std::string_view /*text*/) {}
  /// The socket is gone; the client may be opened again in a later turn.
  virtual void closed(ws_client&, const close_cause&) = 0;
};

/// What the clients of one loop share.
struct client_context {
  loop& events;
  client_listener& listener;
  socket_address to;
  /// Deliveries so far, and what they look like once one has been seen.
  std::uint64_t deliveries = 0;
  std::optional<frame_shape> shape = {};
  /// Whether compression is offered; a server that declines is an error. Then
  /// every compressed frame of an open client is a delivery.
  bool deflate = false;
  std::uint64_t packed = 0;         ///< deliveries that came compressed
  std::uint64_t delivered_size = 0; ///< of all deliveries, frame heads included
  net::ws_inflater inflater = {};
};

/// What a connection sends: the upgrade request (perhaps only a part of one)
/// and, once established, the subscribe frame; an empty one is not sent.
struct client_plan {
  std::string request;
  std::string subscribe;
  std::optional<socket_address> to = {}; ///< if not where the context has it
};

/// The upgrade request for an app, in full.
std::string upgrade_request(const target& to, std::string_view key,
                            bool deflate = false);

/// The subscribe frame for a public channel.
std::string subscribe_frame(std::string_view channel);

/// A client of the Pusher protocol that answers pings and counts deliveries.
/// Belongs to its loop's thread.
class ws_client final : public io_handler {
public:
  /// `number` is for the listener to tell its clients apart.
  ws_client(client_context& context, std::size_t number)
      : context_(context), number_(number) {}
  ~ws_client() override;
  ws_client(const ws_client&) = delete;
  ws_client& operator=(const ws_client&) = delete;

  /// Starts connecting, from an address if one is given. The plan must outlive
  /// the connection. False, with errno, if there is no socket to be had; the
  /// listener then hears nothing. Not to be called while the loop dispatches.
  bool open(const client_plan& plan, const socket_address* from);

  /// Sends a close frame and waits for the server to end the connection.
  void close(std::uint16_t code, std::string_view reason = {});

  /// Sends these bytes as they are.
  void send(std::string_view bytes);

  /// Ends it with a FIN, without a close frame. Nobody is told.
  void drop();

  /// Ends it with a RST. Nobody is told.
  void reset();

  void on_ready(std::uint32_t events) override;

  std::size_t number() const { return number_; }

  client_phase phase() const { return phase_; }

  /// Whether this connection got as far as being open, however it ended.
  bool was_ready() const { return was_ready_; }

  /// When open() was called.
  nanos started() const { return started_; }

  /// The local port, 0 if there is no socket.
  std::uint16_t local_port() const;

  /// Deliveries of this connection.
  std::uint64_t deliveries() const { return deliveries_; }

  /// Has this client's deliveries looked at one by one.
  void sample_with(delivery_sampler& sampler) { sampler_ = &sampler; }

private:
  bool connected();
  /// Handles what stands in the buffer and returns how much is used up.
  std::size_t handle(std::string_view bytes);
  std::size_t take_upgrade(std::string_view bytes);
  std::size_t take_deliveries(std::string_view bytes);
  std::size_t take_packed(std::string_view bytes);
  void sample_packed(std::string_view payload);
  void take_frame(std::string_view frame, const frame_head& head);
  void take_text(std::string_view frame, const frame_head& head);
  void take_event(std::string_view text);
  void take_close(std::string_view payload);
  void become_open();
  void end(const close_cause& cause);
  void release();

  client_context& context_;
  std::size_t number_;
  const client_plan* plan_ = nullptr;
  delivery_sampler* sampler_ = nullptr;
  int fd_ = -1;
  client_phase phase_ = client_phase::idle;
  bool was_ready_ = false;
  bool ended_by_server_ = false;
  std::uint16_t close_code_ = 1006;
  nanos started_ = 0;
  std::uint64_t deliveries_ = 0;
  std::string left_over_; // the beginning of a frame
  std::string reason_;    // of the server's close frame
};

} // namespace tidewire::bench
