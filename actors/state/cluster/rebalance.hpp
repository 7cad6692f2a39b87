// How many clients each node sends elsewhere, so that one that came back fills
// up.
#pragma once

#include "actors/state/cluster/life.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tidewire::cluster {

/// What a node has open, by its last row.
struct node_load {
  life who;
  std::uint64_t connections = 0;
  bool takes = true; ///< a member that does not drain
};

struct rebalance_settings {
  /// Nodes that differ from the mean by less than that are left alone.
  std::uint32_t tolerance_percent = 10;
  /// And those that differ by fewer connections than that.
  std::uint32_t tolerance = 50;
  /// Sent away by one node, a second.
  std::uint32_t per_second = 200;
};

struct sending {
  life who;
  std::uint64_t connections = 0; ///< in this round

  friend bool operator==(const sending&, const sending&) = default;
};

/// One round of `seconds`: nodes above the mean, by more than the tolerance,
/// send away as many as nodes below it, by more than the tolerance, lack; each
/// at most what it has above the mean, and what its rate allows. Nobody sends
/// if one of the two is missing, so a round that is repeated comes to an end,
/// wherever a load balancer puts the clients. With `only` it is for what that
/// node lacks. The same everywhere for the same loads, whatever their order.
/// Pure.
std::vector<sending> plan_rebalance(std::span<const node_load> loads,
                                    const rebalance_settings& how,
                                    std::uint32_t seconds,
                                    const std::optional<life>& only = {});

} // namespace tidewire::cluster
