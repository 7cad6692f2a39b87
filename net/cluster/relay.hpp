// TLS in front of somebody who speaks plain bytes over a descriptor.
#pragma once

#include "net/cluster/knock.hpp"
#include "net/reactor.hpp"
#include "net/tls_engine.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <memory>
#include <string>

namespace tidewire::net::cluster {

/// Carries bytes between a TLS socket and one end of a socketpair, whose other
/// end is somebody else's. Holds at most one read of each direction: while one
/// side takes nothing, the other one is not read. Ends when either does.
/// Belongs to a reactor's thread; owned by its waiting handlers.
class relay : public std::enable_shared_from_this<relay> {
public:
  /// `from` is the socket and its engine; `inner` one end of the socketpair.
  /// Both descriptors are owned from then on.
  relay(reactor& host, bare_link from, int inner, link_tls::ptr context);
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  void start();

  /// Ends both sides at once, with a reset to the peer.
  void cut();

private:
  using descriptor = boost::asio::posix::stream_descriptor;

  void wait(descriptor& where, bool write, bool& waiting);
  void pump();
  bool outwards();
  bool inwards();
  bool flush_out();
  bool flush_in();
  void end();

  link_tls::ptr context_;
  std::unique_ptr<tls_engine> tls_;
  std::string plain_; // for the inner side
  descriptor outer_;
  descriptor inner_;
  bool reads_outer_ = false; // waits for it
  bool reads_inner_ = false;
  bool writes_outer_ = false;
  bool writes_inner_ = false;
  bool over_ = false;
};

} // namespace tidewire::net::cluster
