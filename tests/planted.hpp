// What the test of a planted bug looks for; cmake/planted.cmake defines it for
// each program.
#pragma once

namespace tidewire::planted {

extern const char about[];   ///< where to look
extern const char finding[]; ///< what has to be found there

} // namespace tidewire::planted
