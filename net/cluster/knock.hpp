// A socket on which a handshake is under way.
#pragma once

#include "net/cluster/handshake.hpp"
#include "net/cluster/link_tls.hpp"
#include "net/reactor.hpp"
#include "net/tls_engine.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tidewire::net::cluster {

/// What is left of a socket when its handshake is over: the descriptor, and
/// with TLS the engine and the plain bytes that came behind the handshake.
struct bare_link {
  int descriptor = -1;
  std::unique_ptr<tls_engine> tls;
  std::string early;
};

/// Drives one handshake over one socket, its own or an accepted one, until it
/// is agreed, refused, broken or too old: what takes longer than `patience_ns`
/// in all, however slowly it trickles, is over. Belongs to a reactor's thread;
/// owned by its waiting handlers and whoever else holds it.
class knock : public std::enable_shared_from_this<knock> {
public:
  /// How it came out.
  enum class outcome : std::uint8_t {
    agreed,      ///< `take` the socket now
    refused,     ///< by either: the handshake says which and why
    no_listener, ///< the other kernel refused
    unreachable, ///< no way there
    silent,      ///< too late
    broken,      ///< the other side hung up, or broke TLS
  };

  struct listener {
    /// The peer is proved: call `agree` or `refuse`, now or later.
    std::function<void(knock&)> decide;
    /// The last call; nothing is called after it.
    std::function<void(knock&, outcome, const std::string& sentence)> ended;
  };

  static constexpr std::int64_t patience_ns = 2'000'000'000;

  /// `tls` may be null. `me.nonce` is replaced by a fresh one.
  knock(reactor& host, handshake::role role, hello me, const proof_key& key,
        link_tls::ptr tls, listener who);
  ~knock();
  knock(const knock&) = delete;
  knock& operator=(const knock&) = delete;

  /// The dialler's beginning. `at_most_ns` cuts the patience shorter.
  void dial(const boost::asio::ip::tcp::endpoint& where,
            std::int64_t at_most_ns = patience_ns);

  /// The acceptor's: takes over a connected descriptor.
  void accept(int descriptor);

  void agree();
  void refuse(refusal why, const std::string& sentence);

  /// Ends it without a word to anybody but the peer's kernel.
  void abandon();

  /// When `agreed`, once: the socket, its handshake behind it.
  bare_link take();

  /// Once it has ended: for want of TLS, or of a certificate that both accept.
  bool lacked_tls() const noexcept { return lacked_tls_; }

  const handshake& talk() const noexcept { return talk_; }
  /// The other side's address, `192.0.2.1:4711`.
  const std::string& remote() const noexcept { return remote_; }

private:
  struct deadline : timer {
    explicit deadline(knock& k);
    knock& owner;
  };

  template <class Step>
  void guarded(Step go_on);
  void begin();
  void note_remote();
  void wait_read();
  void wait_write();
  void connected();
  void readable();
  void advance();
  bool push();
  void hung_up(int error);
  void end(outcome how, const std::string& sentence);
  std::string tls_problem() const;

  reactor& host_;
  hello me_;
  handshake talk_;
  link_tls::ptr tls_context_;
  std::unique_ptr<tls_engine> tls_;
  listener who_;
  boost::asio::posix::stream_descriptor socket_;
  deadline deadline_;
  std::string early_; // plain bytes that the handshake did not want
  std::string remote_;
  bool dialler_;
  bool connecting_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool asked_ = false; // `decide` was called
  bool over_ = false;
  bool heard_ = false;      // anything at all
  bool came_plain_ = false; // what should be TLS
  bool lacked_tls_ = false;
  std::int64_t began_ns_;
};

} // namespace tidewire::net::cluster
