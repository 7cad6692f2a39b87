// Requests to the HTTP API and the admin port, for tests.
#pragma once

#include "tests/actors/support/socket.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidewire::testing {

struct http_answer {
  unsigned status = 0; ///< 0: none came
  std::string body;
};

/// One keep-alive connection, opened when needed. Used by one thread.
class http_client {
public:
  explicit http_client(std::uint16_t port) : port_(port) {}

  http_answer request(std::string_view method, std::string_view target,
                      std::string_view body = {},
                      std::chrono::milliseconds within = patience);

  http_answer get(std::string_view target,
                  std::chrono::milliseconds within = patience) {
    return request("GET", target, {}, within);
  }

  /// Sent with every request from now on.
  void bearer(std::string token) { bearer_ = std::move(token); }

  /// Signed with the demo key; `path` under /apps/1.
  http_answer signed_request(std::string_view method, std::string_view path,
                             std::string_view body = {});

  /// Publishes to one channel of the demo app.
  http_answer publish(std::string_view channel, std::string_view name,
                      std::string_view data);

private:
  std::uint16_t port_;
  std::string bearer_;
  std::optional<socket> socket_;
};

} // namespace tidewire::testing
