// A set of ticks, kept as runs: what is known of a life, in a few numbers.
#pragma once

#include "actors/state/meter/tick.hpp"

#include <optional>
#include <vector>

namespace tidewire::cluster {

using meter::tick;

/// Ticks `first` to `last`, both included; empty if `last` is before `first`.
struct tick_run {
  tick first;
  tick last;

  friend bool operator==(const tick_run&, const tick_run&) = default;
};

/// Runs in order that neither touch nor overlap.
class tick_runs {
public:
  void add(tick_run run);
  void add(const tick_runs& other);
  void remove(tick_run run);

  bool has(tick t) const noexcept;
  /// The end of the run that `from` is in; the tick before it if it is in none.
  tick through(tick from) const noexcept;
  /// The first run of `within` of which nothing is in the set.
  std::optional<tick_run> first_gap(tick_run within) const noexcept;
  std::optional<tick> last() const noexcept;

  bool empty() const noexcept { return runs_.empty(); }
  const std::vector<tick_run>& runs() const noexcept { return runs_; }

  friend bool operator==(const tick_runs&, const tick_runs&) = default;

private:
  std::vector<tick_run> runs_;
};

} // namespace tidewire::cluster
