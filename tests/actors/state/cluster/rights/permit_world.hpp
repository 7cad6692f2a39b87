// Nodes that share a hard limit, on a network that does everything wrong, with
// views as anybody may come to see them.
#pragma once

#include <cstdint>
#include <string>

namespace tidewire::cluster::testing {

struct permit_figures {
  std::uint64_t steps = 0;
  std::uint64_t admitted = 0;
  std::uint64_t views = 0;
  std::uint64_t deaths = 0;
  std::uint64_t refused = 0;
};

/// One history. Returns what was wrong; empty if nothing. Checked at every
/// step: connections on lives that are not proved dead never exceed the limit.
/// At the end all is healed: then so many are let in as want to come, or as the
/// limit allows.
std::string permit_disagreement(std::uint64_t seed,
                                permit_figures* figures = nullptr);

} // namespace tidewire::cluster::testing
