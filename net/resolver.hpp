// Names to addresses, without blocking whoever asks.
#pragma once

#include "net/reactor.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tidewire::net {

/// Asks the system's resolver on threads of its own, a thread per name that is
/// being looked up, because a name server that is silent holds its thread for
/// many seconds. Answers are kept for half a minute, so that a busy endpoint
/// costs no look-up per request. Belongs to a reactor; it may end while
/// look-ups are under way.
class resolver {
public:
  using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

  /// Called on the reactor, once: endpoints, or a sentence.
  using answered =
      std::function<void(const endpoints& found, const std::string& error)>;

  static constexpr std::int64_t keep_ns = 30'000'000'000;

  /// Most names at one time; what is beyond fails at once.
  static constexpr std::size_t max_threads = 32;

  explicit resolver(reactor& host);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Addresses are answered at once, names when they are known.
  void resolve(const std::string& name, std::uint16_t port, answered then);

private:
  struct mailbox;

  struct known {
    endpoints found;
    std::string error;
    std::int64_t until_ns = 0;
    std::vector<std::pair<std::uint16_t, answered>> waiting; // under way
  };

  void learn(const std::string& name, endpoints found, std::string error);

  reactor& host_;
  std::shared_ptr<mailbox> mailbox_;
  std::map<std::string, known> names_;
  std::size_t threads_ = 0;
};

} // namespace tidewire::net
