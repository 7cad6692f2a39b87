// A client of the Pusher protocol, for tests: one socket, read when asked.
#pragma once

#include "config/settings.hpp"
#include "messages/ids.hpp"
#include "net/ws_codec.hpp"
#include "net/ws_zip.hpp"
#include "tests/actors/support/socket.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::testing {

/// What a server says: `data` is the text inside the doubly encoded string, or
/// JSON text where it is none.
struct event {
  std::string name;
  std::string channel;
  std::string data;
};

/// Connects, and waits for `connection_established`, when it is made. What
/// does not come in time ends the test by an exception. Used by one thread.
class ws_client final : private net::ws_sink {
public:
  /// With `deflate` it offers compression, and must get it.
  explicit ws_client(std::uint16_t port,
                     std::string_view key = config::demo_key,
                     bool deflate = false);

  socket_id id() const noexcept { return id_; }

  /// The reactor it came to.
  std::size_t reactor() const noexcept { return id_.node_part % 256; }

  void send(std::string_view text);

  /// Asks to subscribe and signs what needs it; `user` for presence channels.
  void ask_for(std::string_view channel, std::string_view user = {});

  /// Asks, and waits for the answer.
  event subscribe(std::string_view channel, std::string_view user = {});
  void unsubscribe(std::string_view channel);

  /// Signs in and waits for the answer.
  event sign_in(std::string_view user,
                const std::vector<std::string>& watchlist = {});

  /// The next event but pings; nothing when the socket ends or time is up.
  std::optional<event> next(std::chrono::milliseconds within = patience);

  /// Reads until that event comes; others stay for `next`.
  event wait_for(std::string_view name, std::string_view channel);

  /// A ping and its answer: whatever the server had for this client is here.
  void sync();

  /// Reads until the server ends the socket; false if it does not.
  bool ends(std::chrono::milliseconds within = patience);

  /// Whether the server has ended it, as far as has been read.
  bool ended() const noexcept { return ended_; }

  /// Of the close frame; 0 if none came.
  std::uint16_t close_code() const noexcept { return close_code_; }

  /// Everything that came but pings and pongs, in order.
  const std::vector<event>& log() const noexcept { return log_; }

  /// How many events of that name and channel have come.
  std::size_t count(std::string_view name, std::string_view channel) const;

  void reset() { socket_.reset(); }
  void hang_up() { socket_.close(); }

private:
  bool on_message(net::ws_opcode kind, std::string_view payload) override;
  bool on_ping(std::string_view payload) override;
  bool on_pong(std::string_view) override { return true; }
  bool on_close(std::uint16_t code, std::string_view reason) override;

  void shake_hands(std::string_view key);
  bool read(std::chrono::steady_clock::time_point deadline);
  event until(std::string_view name, std::string_view channel);

  socket socket_;
  bool deflate_;
  net::ws_inflater inflater_;
  net::ws_decoder decoder_{net::ws_role::client, 1024 * 1024, true};
  socket_id id_;
  std::deque<event> waiting_;
  std::vector<event> log_;
  std::uint16_t close_code_ = 0;
  bool ended_ = false;
};

} // namespace tidewire::testing
