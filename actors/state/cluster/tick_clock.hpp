// Whose time ticks are numbered in.
#pragma once

#include "actors/state/cluster/cluster_time.hpp"
#include "actors/state/meter/cluster_clock.hpp"

#include <memory>

namespace tidewire::cluster {

/// The clock of a node's ticks: its own UTC as long as it is alone, and in a
/// cluster the oldest member's, to which it slews. Never steps. Pure; all times
/// in ns.
class tick_clock {
public:
  explicit tick_clock(const meter::cluster_clock& begun) noexcept
      : clock_(begun) {}

  /// What NODE has learned since.
  void time_is(std::shared_ptr<const cluster_time> now) noexcept {
    time_ = std::move(now);
  }

  /// Looks at both clocks, about once per second.
  void observe(std::int64_t mono_ns, std::int64_t wall_ns) noexcept;

  /// How far from the time that counts.
  time_error error(std::int64_t mono_ns, std::int64_t wall_ns) const;

  const meter::cluster_clock& now() const noexcept { return clock_; }

private:
  meter::cluster_clock clock_;
  std::shared_ptr<const cluster_time> time_; // null: there is no cluster
};

} // namespace tidewire::cluster
