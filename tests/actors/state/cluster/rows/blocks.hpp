// Blocks of ticks that say how many are open.
#pragma once

#include "actors/state/cluster/cluster_meter.hpp"

namespace tidewire::cluster::testing {

inline constexpr tick zero{1'700'000'000};
inline const meter::app_id app{"7"};

inline meter::tick_block block(std::int64_t at, std::uint64_t open,
                               bool restated = false) {
  meter::tick_block out{zero + at, restated, {}};
  auto f = meter::tick_figures::idle({.open = open});
  out.apps = {{meter::all_apps, f}, {app, f}};
  return out;
}

} // namespace tidewire::cluster::testing
