// What the kernel says about our sockets.
#pragma once

#include <cstdint>
#include <optional>

namespace tidewire::net {

/// Counts the TCP sockets with that local port which a process holds, whatever
/// their state short of closed; those in the accept queue belong to nobody yet
/// and are left out. Asks the kernel by netlink (sock_diag(7)), which costs
/// about half a microsecond per socket; blocks for that long. Nothing if the
/// kernel does not answer. Any thread.
std::optional<std::uint64_t> kernel_sockets(std::uint16_t local_port);

} // namespace tidewire::net
