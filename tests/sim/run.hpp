// A world from its seed to its verdict.
#pragma once

#include "tests/sim/scenario.hpp"
#include "tests/sim/world.hpp"

#include <cstdint>
#include <optional>
#include <ostream>

namespace tidewire::sim {

/// Runs it; `to`, if given, gets its story.
std::optional<finding> run(const scenario& what, std::ostream* to = nullptr);

/// The first seed of [first, first + count) that breaks an invariant, and how.
struct failure {
  scenario what;
  finding found;
  std::uint64_t tried = 0;
};
std::optional<failure> run_seeds(std::uint64_t first, std::uint64_t count,
                                 const wish& wanted);

/// Makes it small, as long as the same invariant breaks.
failure shrink(const failure& x);

/// The story of a failure, for people: what world it is, its steps as they
/// happen, and the invariant that broke.
void tell(const failure& x, std::ostream& to);

} // namespace tidewire::sim
