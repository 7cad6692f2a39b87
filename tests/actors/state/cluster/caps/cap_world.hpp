// Nodes that fold the same ticks, and are cut off, killed and started
// meanwhile.
#pragma once

#include <cstdint>
#include <string>

namespace tidewire::cluster::testing {

struct cap_figures {
  std::uint64_t ticks = 0;
  std::uint64_t rows = 0; ///< of who saw everything
  std::uint64_t told = 0; ///< to the operator
  std::uint64_t again = 0;
  std::uint64_t kills = 0;
  std::uint64_t starts = 0;
  std::uint64_t partitions = 0;
};

/// One history. Returns what was wrong; empty if nothing. Ticks become final
/// late, at other moments on each node, and not at all while one is silent. At
/// the end of each calm stretch all nodes stand as one who saw every tick does,
/// each has its rows, and the operator was told of each of them: once, or again
/// with the same id where its owner had just changed.
std::string cap_disagreement(std::uint64_t seed,
                             cap_figures* figures = nullptr);

} // namespace tidewire::cluster::testing
