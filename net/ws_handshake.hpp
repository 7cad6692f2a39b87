// The HTTP side of a WebSocket's opening (RFC 6455 §4), as far as it is not
// left to Beast.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace tidewire::net {

/// The value of Sec-WebSocket-Accept for a Sec-WebSocket-Key, taken as the
/// characters the client sent (RFC 6455 §4.2.2). Empty if SHA-1 is not to be
/// had from this OpenSSL.
std::string ws_accept_key(std::string_view sec_websocket_key);

/// A Sec-WebSocket-Key made of 16 random bytes (RFC 6455 §4.1).
std::string ws_client_key(const std::array<unsigned char, 16>& random);

/// The request that opens a WebSocket, for load generators and tests. `target`
/// is path and query, `key` a value of `ws_client_key`. The arguments are put
/// in as they are: they come from us, not from a peer.
std::string ws_client_request(std::string_view host, std::string_view target,
                              std::string_view key);

} // namespace tidewire::net
