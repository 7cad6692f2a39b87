// Why a node is refused by another one.
#pragma once

#include <cstdint>
#include <string_view>

namespace tidewire::net::cluster {

/// Numbers are of the wire and are never used anew.
enum class refusal : std::uint8_t {
  none = 0,
  malformed = 1,      ///< what came is not a handshake
  other_cluster = 2,  ///< `cluster.name` differs
  wrong_secret = 3,   ///< `cluster.secret` differs
  too_old = 4,        ///< the newcomer's version
  too_new = 5,        ///< the same
  unknown_types = 6,  ///< the two builds do not carry the same messages
  yourself = 7,       ///< a node dialled itself
  name_taken = 8,     ///< a living node has that name
  already_linked = 9, ///< there is a link already, or one is being made
  busy = 10,          ///< too many are shaking hands
  leaving = 11,       ///< the node shuts down
  unwanted = 12,      ///< NODE does not want it, and says why
  tls = 13, ///< no TLS, or no certificate that is accepted; never said to it
};

/// `wrong_secret`: for logs, metrics and `tidewire ctl cluster`.
std::string_view word(refusal x) noexcept;

} // namespace tidewire::net::cluster
