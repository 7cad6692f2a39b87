// Accepts connections for one reactor.
#pragma once

#include "net/reactor.hpp"
#include "net/token_bucket.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>

namespace tidewire::net {

/// Accepts with SO_REUSEPORT, one listener per reactor and port, so that the
/// kernel spreads connections over the reactors. Accepts in bounded batches.
/// When descriptors run out it keeps a spare one to accept and close the
/// waiting clients with, rests, and tries again 20 ms later: it neither spins
/// nor dies.
class listener {
public:
  /// Owns the descriptor from then on.
  using accepted = std::function<void(int descriptor)>;

  /// Told of each client turned away for want of a descriptor.
  using turned_away = std::function<void()>;

  listener(reactor& host, accepted on_accepted, turned_away on_turned_away);
  ~listener();

  /// Binds and listens. Throws boost::system::system_error with the address
  /// in its text. Before the reactor runs, or on its thread.
  void open(const boost::asio::ip::tcp::endpoint& where, int backlog,
            bool share_port);

  /// Takes over a socket that listens already, of whatever family.
  void open(int listening);

  /// Takes at most so many per second from now on; the others wait in the
  /// kernel's queue, unless that is three quarters full: one that overflows
  /// would turn clients away without a word. 0 = no limit.
  void pace(std::uint32_t per_second) noexcept { per_second_ = per_second; }

  /// Stops accepting; clients that connect are refused by the kernel.
  void close();

  std::uint16_t port() const noexcept { return port_; }

private:
  void wait();
  void accept_some();
  void out_of_descriptors();
  std::int64_t wait_for_turn();
  bool crowded() const noexcept;

  reactor& host_;
  boost::asio::posix::stream_descriptor socket_;
  accepted accepted_;
  turned_away turned_away_;
  int spare_ = -1;
  std::uint16_t port_ = 0;
  std::uint32_t per_second_ = 0;
  token_bucket paced_;

  struct pause : timer {
    explicit pause(listener& l);
    listener& owner;
  } pause_;
};

} // namespace tidewire::net
