// What became of an attempt to write to a socket.
#pragma once

#include <cstdint>

namespace tidewire::net {

enum class write_outcome : std::uint8_t {
  empty,   ///< everything is with the kernel
  blocked, ///< the socket takes no more now: wait for EPOLLOUT
  failed,  ///< the socket is gone
};

} // namespace tidewire::net
