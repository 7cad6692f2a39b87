/// What the other side has to be told about an app: text to paste. Pure.
#pragma once

#include "config/settings.hpp"

#include <optional>
#include <string>

namespace tidewire::config::moving {

/// Where clients and publishers find the server.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  std::string path_prefix; // `/realtime` or empty
};

/// Where they find a server of this configuration, as far as it can be known:
/// a server that listens on every address is `127.0.0.1` here. `tls` says
/// whether by TLS, where the caller knows better.
endpoint endpoint_of(const settings& all,
                     std::optional<bool> tls = std::nullopt);

/// The block of a Laravel application's `.env`: broadcasting by the `pusher`
/// driver, and what its build hands to laravel-echo.
std::string laravel_env(const app& of, const endpoint& at);

/// A publisher with the Node library `pusher`.
std::string node_snippet(const app& of, const endpoint& at);

/// A client with pusher-js.
std::string js_snippet(const app& of, const endpoint& at);

} // namespace tidewire::config::moving
