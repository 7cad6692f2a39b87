// Nodes that die with clients who come back, and what is said of that.
#pragma once

#include <cstdint>
#include <string>

namespace tidewire::cluster::testing {

struct episode_figures {
  std::uint64_t episodes = 0;
  std::uint64_t lost = 0;
  std::uint64_t identified = 0;
  std::uint64_t attributed = 0;
  std::uint64_t joined = 0;
};

/// One history: up to three nodes die one after the other while the clients of
/// the ones before are on their way. Returns what was wrong. In half of the
/// histories, the exact ones, each user has one connection and links come to
/// rest before a death; then each account must be that of the generator's
/// record. In all of them the survivors must agree, and nobody is counted
/// twice.
std::string episode_disagreement(std::uint64_t seed,
                                 episode_figures* figures = nullptr);

} // namespace tidewire::cluster::testing
