// Randomness for what must not be guessed.
#pragma once

#include <cstddef>
#include <string>

namespace tidewire {

/// That many bytes of the kernel's randomness as lower-case hex digits. Any
/// thread; throws std::system_error if the kernel has none to give.
std::string random_hex(std::size_t bytes);

} // namespace tidewire
