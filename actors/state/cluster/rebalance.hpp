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
  /// Nodes that are below the mean by less than that are not filled up.
  std::uint32_t tolerance_percent = 10;
  /// Nor are those that lack fewer connections than that.
  std::uint32_t tolerance = 50;
  /// Sent away by one node, a second.
  std::uint32_t per_second = 200;
};

struct sending {
  life who;
  std::uint64_t connections = 0; ///< in this round

  friend bool operator==(const sending&, const sending&) = default;
};

/// One round of `seconds`: nodes that are below the mean by more than the
/// tolerance get what they lack from those above it, from each its part, and at
/// most what its rate allows. Where nobody is so far below, nobody sends; so a
/// round that is repeated comes to an end, wherever a load balancer puts the
/// clients. With `only` it is for what that node lacks. The same everywhere for
/// the same loads, whatever their order. Pure.
std::vector<sending> plan_rebalance(std::span<const node_load> loads,
                                    const rebalance_settings& how,
                                    std::uint32_t seconds,
                                    const std::optional<life>& only = {});

} // namespace tidewire::cluster
