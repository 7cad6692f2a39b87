// What the process uses of its machine.
#pragma once

#include "actors/commands/answer.hpp"

namespace tidewire::commands {

/// Memory, descriptors and threads of this process. Reads /proc, which takes
/// time in proportion to the descriptors: not for reactors.
facts machine_facts();

} // namespace tidewire::commands
