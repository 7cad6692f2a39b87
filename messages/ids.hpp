// The names of things: ids that are types, not strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire {

/// Identifies one connection, in the form `digits.digits` that every Pusher
/// library checks. `node_part` tells node and reactor, `serial` counts the
/// connections of that reactor; a socket id is never reused by a process.
struct socket_id {
  std::uint64_t node_part = 0;
  std::uint64_t serial = 0;

  friend bool operator==(const socket_id&, const socket_id&) = default;

  /// Nobody: the id that no connection has.
  explicit operator bool() const noexcept { return serial != 0; }
};

/// Renders `123.456`.
std::string to_string(const socket_id& id);

/// Parses `\d+\.\d+`; nothing else is a socket id, and an overflowing one is
/// none either.
std::optional<socket_id> parse_socket_id(std::string_view text);

/// The place of an app in the table of apps of this process. Small and dense,
/// so that per-app figures live in plain vectors.
using app_index = std::uint32_t;

} // namespace tidewire
