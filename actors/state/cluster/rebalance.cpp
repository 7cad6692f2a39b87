#include "actors/state/cluster/rebalance.hpp"

#include <algorithm>

namespace tidewire::cluster {

std::vector<sending> plan_rebalance(std::span<const node_load> loads,
                                    const rebalance_settings& how,
                                    std::uint32_t seconds,
                                    const std::optional<life>& only) {
  std::uint64_t sum = 0, takers = 0;
  for (auto& each : loads)
    if (each.takes) {
      sum += each.connections;
      ++takers;
    }
  if (takers < 2)
    return {};
  auto mean = sum / takers;
  auto slack =
      std::max<std::uint64_t>(mean / 100 * how.tolerance_percent
                                  + mean % 100 * how.tolerance_percent / 100,
                              how.tolerance);
  // All who have too many help, and be it a few: of twelve nodes none is above
  // the mean by a tenth because one is empty.
  std::uint64_t lacking = 0;
  std::vector<sending> out;
  for (auto& each : loads) {
    if (!each.takes)
      continue;
    if (each.connections + slack < mean && (!only || *only == each.who))
      lacking += mean - each.connections;
    if (each.connections > mean)
      out.push_back({each.who, each.connections - mean});
  }
  std::sort(out.begin(), out.end(),
            [](auto& a, auto& b) { return a.who < b.who; });
  std::uint64_t surplus = 0;
  for (auto& each : out)
    surplus += each.connections;
  auto pace = std::uint64_t{how.per_second} * seconds;
  for (auto& each : out) {
    // Each its part of what is lacking, rounded down.
    if (lacking < surplus)
      each.connections = static_cast<std::uint64_t>(
          static_cast<double>(each.connections) * static_cast<double>(lacking)
          / static_cast<double>(surplus));
    each.connections = std::min(each.connections, pace);
  }
  std::erase_if(out, [](auto& x) { return x.connections == 0; });
  return out;
}

} // namespace tidewire::cluster
