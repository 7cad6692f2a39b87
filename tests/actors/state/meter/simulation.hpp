// The meter and the oracle through the same random history.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidewire::meter::testing {

/// What happens, a word each: openings, closings, refusals, broadcasts, time,
/// pauses, late rounds, crashes, lost reactors, clock steps, failing disks.
using history = std::vector<std::uint32_t>;

/// Empty if rows, statements and cap states are what the oracle says, else a
/// sentence. Takes any words.
std::string disagreement(const history& words);

} // namespace tidewire::meter::testing
