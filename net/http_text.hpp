// What the HTTP side writes, and the small checks of what it reads. Pure.
#pragma once

#include "net/http.hpp"

namespace tidewire::net {

/// A whole answer of HTTP/1.1; without its body for a HEAD request.
/// `headers` are more whole lines, those of the port.
std::string render_response(const http_response& what, bool head, bool close,
                            std::string_view headers = {});

/// Whether it is 16 bytes in base64 (RFC 6455, 4.1).
bool valid_websocket_key(std::string_view key);

/// `HTTP/1.1 101` with the accept key of RFC 6455, 4.2.2, and what was agreed
/// on of the offered extensions.
std::string switching_protocols(std::string_view websocket_key,
                                std::string_view extensions = {});

} // namespace tidewire::net
