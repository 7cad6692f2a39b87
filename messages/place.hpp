// Where something is in the cluster: a reactor of a node, in 32 bits.
#pragma once

#include <cstdint>

namespace tidewire {

/// A reactor of some node, as this process numbers nodes: `node << 8 |
/// reactor`. Node 0 is this one, so that a place on it is its reactor's index;
/// the other nodes get a number for each of their lives, which is never given
/// again. Numbers are of this process only: who sends a place to another node
/// says "mine" or "yours", and the LINK translates.
using place = std::uint32_t;

/// The number of a node's life in this process; 0 is this process.
using node_number = std::uint32_t;

inline constexpr std::uint32_t max_reactors = 256;

constexpr place make_place(node_number node, std::uint32_t reactor) noexcept {
  return node << 8u | reactor;
}
constexpr node_number node_of(place x) noexcept {
  return x >> 8u;
}
constexpr std::uint32_t reactor_of(place x) noexcept {
  return x & 0xffu;
}
constexpr bool is_local(place x) noexcept {
  return node_of(x) == 0;
}

} // namespace tidewire
