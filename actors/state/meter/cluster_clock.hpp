// Cluster time on one node: UTC, carried by the monotonic clock.
#pragma once

#include "actors/state/meter/tick.hpp"

#include <limits>

namespace tidewire::meter {

/// Never stands, steps or runs backwards, whatever the wall clock does: it is
/// set once and then slewed towards it. Offsets under a second are made up at
/// 0.05 %, larger ones (somebody set the clock) at 5 %: an hour in 20 hours,
/// in which a tick lasts between 950 and 1050 ms. Pure; all times in ns.
class cluster_clock {
public:
  /// Starts at the wall clock, but not before the end of `stated`, the last
  /// tick this node is known to have stated: after a step backwards and a
  /// restart no tick is stated twice.
  cluster_clock(std::int64_t mono_ns, std::int64_t wall_ns,
                tick stated = {
                    std::numeric_limits<std::int32_t>::min()}) noexcept;

  /// Cluster time at an instant of the monotonic clock.
  cluster_ns at(std::int64_t mono_ns) const noexcept;

  /// The first instant of the monotonic clock at which cluster time is `at`,
  /// as far as is known now; when to take the next reading.
  std::int64_t mono_of(cluster_ns at) const noexcept;

  /// Looks at both clocks, about once per second. Readings older than the last
  /// one are ignored.
  void observe(std::int64_t mono_ns, std::int64_t wall_ns) noexcept;

  /// The same on a node that has the time from another one, whose clock runs
  /// `ppm` faster than monotonic. What is off by more than 1 ms is made up at
  /// up to 5 % beside that rate: one tick lasts between 0.9 and 1.1 s then.
  void follow(std::int64_t mono_ns, cluster_ns theirs,
              std::int64_t ppm) noexcept;

  /// How much faster than the monotonic clock it runs now, and since when.
  std::int64_t ppm() const noexcept { return ppm_; }
  std::int64_t set_ns() const noexcept { return mono_ns_; }

  /// Wall clock (or the other node's) minus cluster time when last observed.
  std::int64_t offset_ns() const noexcept { return offset_ns_; }

private:
  std::int64_t mono_ns_;   // where the present rate began
  cluster_ns cluster_ns_;  // and what time it was there
  std::int64_t ppm_ = 0;   // how much faster than the monotonic clock
  std::int64_t offset_ns_; // wall (or theirs) minus cluster
};

} // namespace tidewire::meter
