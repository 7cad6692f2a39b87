// The invariants of the cluster (issue 5), a function each. They compare what
// nodes say with the generator's record and call `world::fail`.
#pragma once

#include "tests/sim/world.hpp"

namespace tidewire::sim {

/// How long after the healing everything has to be in order: a *down* time, a
/// round of redials, and what is sent again after a partition.
inline constexpr instant quiet_time = 16 * second;

// -- when ---------------------------------------------------------------------

void check_step(world& w);   ///< after each step of the scenario
void check_now(world& w);    ///< each second
void check_healed(world& w); ///< after healing and a quiet time
void check_full(world& w);   ///< when more have asked than the limit allows
void check_admission(world& w, const visit_record& newcomer);

} // namespace tidewire::sim
