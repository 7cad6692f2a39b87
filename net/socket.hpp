// The few socket calls that a server needs, with their errors as values.
#pragma once

#include <cstdint>
#include <string>

namespace tidewire::net {

/// Sets what every accepted client socket has: no delay, keep-alive off (the
/// protocol has its own), and a bound on what the kernel queues unsent for a
/// slow reader. Errors are ignored: a socket without them still works.
void prepare_client_socket(int descriptor) noexcept;

/// Closes with a reset, so that nothing lingers in the kernel.
void abort_on_close(int descriptor) noexcept;

/// The local port of a bound socket, 0 if there is none.
std::uint16_t local_port(int descriptor) noexcept;

} // namespace tidewire::net
