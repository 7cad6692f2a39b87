/// What a client asks for when it connects (protocol.md §1). Pure; callable
/// from any thread.
#pragma once

#include "net/pusher/close_code.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace tidewire::pusher {

/// The request is well formed. Whether the app exists is not known yet. The
/// texts may hold any bytes, so none belongs into a close frame or an event.
struct accepted {
  std::string key;
  int protocol = 7;
  std::string client;  ///< For instance `js`; empty when not told.
  std::string version; ///< Of the client library; empty when not told.
};

/// The handshake completes all the same, then this is said and the connection
/// closed: browsers cannot read an HTTP error.
struct rejected {
  close_code code;
  std::string_view message;
};

/// Reads the request target, `/app/{key}?protocol=7&…`, with or without the
/// configured prefix in front (`/ws`; empty for none).
std::variant<accepted, rejected>
parse_handshake(std::string_view target, std::string_view path_prefix = {});

} // namespace tidewire::pusher
