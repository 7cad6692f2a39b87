// What the process uses of its machine.
#pragma once

#include "actors/commands/answer.hpp"

#include <cstdint>

namespace tidewire::commands {

/// Memory, descriptors and threads of this process. Reads /proc, which takes
/// time in proportion to the descriptors: not for reactors.
facts machine_facts();

/// Bytes of memory that are this process's alone (RssAnon); 0 if the machine
/// does not say.
std::uint64_t own_memory();

} // namespace tidewire::commands
