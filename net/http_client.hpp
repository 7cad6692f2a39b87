// Posts to HTTP and HTTPS endpoints, for webhooks.
#pragma once

#include "net/reactor.hpp"
#include "net/resolver.hpp"
#include "net/url.hpp"

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tidewire::net {

/// A request. Requests with the same pool name share kept connections.
struct http_post {
  url to;
  std::string pool;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// The status of the answer, or 0 and a sentence about why there is none.
struct http_outcome {
  unsigned status = 0;
  std::string error;
};

/// Beast, asynchronous, on the Asio loop of a reactor that has no client
/// sockets. Connections are kept and used again; certificates and host names
/// are verified by OpenSSL; redirects are not followed. The answer's body is
/// read up to a bound and dropped. Belongs to the reactor.
class http_client {
public:
  struct options {
    std::chrono::milliseconds connect_timeout{5000}; ///< names and TLS included
    std::chrono::milliseconds timeout{10'000};       ///< request and answer
    std::string ca_file;    ///< besides the authorities of the system
    std::string user_agent; ///< one line
  };

  using answered = std::function<void(const http_outcome&)>;

  static constexpr std::uint32_t max_answer = 64 * 1024; // bytes
  static constexpr std::chrono::seconds keep_idle{30};

  /// An unreadable `ca_file` is not an error here: `trouble` says so, and
  /// certificates it would vouch for are refused.
  http_client(reactor& host, options how);

  /// Ends all requests; nobody is called any more.
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// `then` is called once, later, on the reactor.
  void post(http_post what, answered then);

  /// What is wrong with the options, or nothing.
  const std::string& trouble() const noexcept { return trouble_; }

private:
  class link;
  using link_ptr = std::shared_ptr<link>;

  link_ptr take_idle(const http_post& what);
  void keep(const link_ptr& what);
  void forget(const link_ptr& what);

  reactor& host_;
  options options_;
  resolver names_;
  boost::asio::ssl::context tls_;
  std::string trouble_;
  std::unordered_set<link_ptr> busy_;
  std::map<std::string, std::vector<link_ptr>> idle_;
};

} // namespace tidewire::net
