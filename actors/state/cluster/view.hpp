// Who is in the cluster, as one node sees it at one moment.
#pragma once

#include "actors/state/cluster/life.hpp"
#include "actors/state/meter/tick.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidewire::cluster {

/// One member of a view. All but `address` and `age` are part of what two
/// views have to agree in to be the same.
struct view_member {
  life who;
  /// Grows each time this life comes back after a view left it out; from 1.
  std::uint32_t stay = 1;
  /// How many reactors it has: which of them owns a channel follows from that.
  std::uint16_t reactors = 1;
  /// It owns no channels and takes no newcomers; it is still an edge.
  bool draining = false;
  /// Where the others dial it, `host:port`.
  std::string address;
  /// Cluster time at which its stay began; the least is the oldest member's.
  meter::cluster_ns age = 0;
  /// What rendezvous hashing knows it by; made by `make_view`.
  std::uint64_t seed = 0;

  friend bool operator==(const view_member&, const view_member&) = default;
};

/// Made by `make_view` and never changed, so that a snapshot may be read from
/// any thread. It always has a member: a node alone is a cluster of one.
struct view {
  std::vector<view_member> members; // oldest first
  /// Equal for views with the same members (life, stay, reactors, draining),
  /// on every platform; goes with each message that depends on the view.
  std::uint64_t hash = 0;

  friend bool operator==(const view&, const view&) = default;

  const view_member& oldest() const noexcept { return members.front(); }
};

/// Takes members in the order of the view, oldest first, and fills in seeds and
/// hash. The hash does not depend on the order.
view make_view(std::vector<view_member> oldest_first);

inline constexpr std::size_t no_member = static_cast<std::size_t>(-1);

/// Index of a life among the members, or `no_member`.
std::size_t index_of(const view& in, const life& who) noexcept;

} // namespace tidewire::cluster
