// One HTTP socket: requests in, answers out in the same order.
#pragma once

#include "net/address.hpp"
#include "net/address_table.hpp"
#include "net/http.hpp"
#include "net/reactor.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace tidewire::net {

class tls_context;
class tls_stream;

/// What sessions of one port have in common. Sizes in bytes, times in ns.
struct http_limits {
  std::uint32_t max_header = 16 * 1024;
  std::uint64_t max_body = std::uint64_t{256} * 1024;
  std::int64_t request_timeout_ns = 10'000'000'000;
  std::int64_t idle_timeout_ns = 75'000'000'000;
  /// Pending sockets of one address, where they are counted (`guard`); 0 = any.
  std::uint32_t pending_per_address = 0;
};

/// What a port takes.
enum class port_kind : std::uint8_t {
  plain,
  tls,
  either, ///< TLS if the first byte is that of a TLS handshake
};

/// The sessions of one reactor and handler, of all their ports.
class http_server {
public:
  http_server(reactor& host, http_handler& handler, const http_limits& limits)
      : host_(host), handler_(handler), limits_(limits) {}
  ~http_server();

  /// Takes over an accepted descriptor.
  void accept(int descriptor, port_kind kind = port_kind::plain);

  /// The certificate for those who come from now on; to be given before the
  /// first of a port that takes TLS.
  void use(std::shared_ptr<const tls_context> certificate) {
    certificate_ = std::move(certificate);
  }

  /// Whole header lines that every answer has.
  void headers(std::string lines) { headers_ = std::move(lines); }

  /// Lets no address but those of `trusted` have more pending sockets than the
  /// limits say: such as neither got through a handshake, that of TLS included,
  /// nor were vouched for (`http_exchange::vouch`). `pending` may be shared
  /// with other servers.
  void guard(address_table& pending, const proxy_list& trusted) {
    pending_ = &pending;
    trusted_ = &trusted;
  }

  /// Every session ends after the answers it owes; new requests are still
  /// answered, with `Connection: close`.
  void drain();

  /// Ends all sessions at once.
  void close_all();

  /// For the sockets and requests that come from now on.
  void limits(const http_limits& fresh) noexcept { limits_ = fresh; }

  /// Sockets that speak HTTP now, half-done handshakes among them.
  std::size_t sessions() const noexcept { return sessions_.size(); }

private:
  friend class http_session;

  reactor& host_;
  http_handler& handler_;
  http_limits limits_;
  bool draining_ = false;
  std::string headers_;
  address_table* pending_ = nullptr;
  const proxy_list* trusted_ = nullptr;
  std::shared_ptr<const tls_context> certificate_;
  std::unordered_set<http_session*> sessions_;
};

/// Beast parses, without its streams: bytes are read into the reactor's shared
/// buffer and only what is incomplete is kept. Requests may be pipelined; at
/// most `max_owed` answers are outstanding, then reading pauses.
class http_session final : public pollable {
public:
  static constexpr std::size_t max_owed = 64;

  /// `pending` is its place among the pending sockets of its address.
  http_session(http_server& server, int descriptor, port_kind kind,
               address_table::place pending);

  /// Only `release` and the last exchange end it.
  ~http_session() override;

  // -- for a handler of an upgrade --------------------------------------------

  /// Whose socket it is; nothing when they have left.
  std::optional<ip_address> peer() const noexcept {
    return peer_of(descriptor_);
  }

  /// What a socket has apart from its descriptor.
  struct handed_over {
    std::string rest; ///< came after the handshake, as plain bytes
    std::unique_ptr<tls_stream> tls; ///< null for a plain socket
  };

  /// Gives the socket to `to`, which watches it from then on. The session ends.
  [[nodiscard]] handed_over hand_over(pollable& to);

  /// Writes raw bytes, then ends the socket in peace: half-closes it and waits
  /// up to a second for the other side to close.
  void finish_with(std::string_view bytes);

  /// Answers the handshake with plain HTTP and closes.
  void refuse(const http_response& what);

  /// The handshake is answered later (`held_handshake`): until then nothing
  /// more is read.
  void hold() noexcept;

  /// False if the socket has gone meanwhile.
  bool held() const noexcept { return held_ && descriptor_ >= 0; }

  // -- pollable ---------------------------------------------------------------

  void on_ready(std::uint32_t events) override;
  void on_flush() override;
  void on_failure(const char* what) noexcept override;
  void release() noexcept override { unref(); }

private:
  friend class http_exchange;
  friend class http_server;
  friend class held_handshake;

  static constexpr char tls_first_byte = 0x16; // RFC 8446 §5.1

  struct parser;
  struct answer {
    std::string bytes;
    bool ready = false;
    bool head = false;  // a HEAD request: no body
    bool close = false; // the last one of this socket
  };

  void ref() noexcept { ++refs_; }
  void unref() noexcept {
    if (--refs_ == 0)
      delete this;
  }

  void read();
  bool begin();
  void refuse_tls();
  void tls_failed();
  void consume(std::string_view bytes);
  std::size_t parse(std::string_view bytes);
  void fail(unsigned status, std::string sentence);
  void dispatch();
  void respond(std::uint64_t number, const http_response& what);
  void processing(std::uint64_t number, std::string_view header_line);
  void on_timer();
  void settle() noexcept;
  void arm(std::int64_t delay_ns);
  void update_interest();
  void end();
  bool reading() const noexcept;
  bool unsent() const noexcept;

  http_server& server_;
  std::uint32_t refs_ = 1;
  address_table::place pending_;
  bool first_ = true;    // no request was complete yet
  bool closing_ = false; // after what is owed, close
  bool lingering_ = false;
  bool held_ = false;
  bool blocked_ = false; // waiting for EPOLLOUT
  bool parsing_ = false;
  bool begun_ = false; // it is known whether it speaks TLS
  port_kind kind_;
  std::uint32_t interest_ = 0;
  std::unique_ptr<tls_stream> tls_;
  std::unique_ptr<parser> parser_;
  std::string in_; // bytes of an incomplete or held request
  std::string out_;
  std::size_t sent_ = 0;
  std::deque<answer> answers_;
  std::uint64_t next_ = 0; // number of the first answer in the queue

  struct deadline : timer {
    explicit deadline(http_session& s);
    http_session& owner;
  } deadline_;
};

/// Keeps the session of a handshake that is not answered yet; its socket may go
/// all the same. Whoever has one answers it, or lets it go, which ends the
/// socket.
class held_handshake {
public:
  explicit held_handshake(http_session& session) noexcept : session_(&session) {
    session.hold();
  }
  held_handshake(held_handshake&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)) {}
  held_handshake& operator=(held_handshake&& other) noexcept {
    std::swap(session_, other.session_);
    return *this;
  }
  ~held_handshake();

  /// To be answered now, by `hand_over`, `finish_with` or `refuse`; null if the
  /// socket has gone.
  http_session* answer() noexcept;

private:
  http_session* session_;
};

} // namespace tidewire::net
