// permessage-deflate (RFC 7692): what is agreed on in the handshake. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::net {

/// What both sides keep to. There is never a context takeover: every message
/// is compressed for itself, so that the compressed form of an event is the
/// same bytes for all, and no connection keeps a window.
struct ws_deflate_terms {
  /// The base-2 logarithm of the farthest that what we send may refer back in
  /// its message, 8 to 15.
  std::uint8_t window_bits = 15;
  bool window_named = false; ///< the client asked for it, and hears it back

  /// The value of Sec-WebSocket-Extensions in the answer.
  std::string answer() const;

  friend bool operator==(const ws_deflate_terms&,
                         const ws_deflate_terms&) = default;
};

/// Reads the value of a request's Sec-WebSocket-Extensions and accepts the
/// first offer of permessage-deflate that is in order (RFC 7692 §5.1, §7.1).
/// An offer with a parameter that is unknown, repeated or has a wrong value is
/// declined, and the next one is looked at; after a break of the grammar
/// (RFC 6455 §9.1) nothing more is. Declined means spoken to without
/// compression: never an error.
std::optional<ws_deflate_terms> accept_ws_deflate(std::string_view offers);

} // namespace tidewire::net
