// The cluster gauge, as the GAUGE answers it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tidewire {

/// What all nodes have open. Apps by id; those with nothing open are left out.
struct cluster_gauge {
  using by_app = std::map<std::string, std::uint64_t>;

  // The last final tick: nothing changes it any more but a logged correction.
  std::int64_t final_at = 0; ///< seconds since 1970; 0: there was none yet
  by_app final;
  std::uint64_t final_total = 0;
  /// Of how many lives nobody will know their part in it: then it is what is
  /// known, and not all.
  std::uint32_t final_unknown = 0;

  // The newest tick: as it is known so far.
  std::int64_t newest_at = 0;
  std::uint64_t least = 0; ///< all apps: the rows that are there
  std::uint64_t most = 0;  ///< with the last known levels of the others
  bool open_ended = false; ///< not even a last level is known of somebody
  std::uint32_t nodes = 0;
  std::uint32_t answered = 0;
  std::vector<std::string> missing; ///< the nodes whose row is not there

  /// Clients of dead or draining nodes that are not back yet; apps without any
  /// are left out.
  by_app awaited;

  std::uint64_t corrections = 0; ///< final ticks that changed, in runs
  std::uint64_t disputes = 0;    ///< rows that came again with other bytes
  std::uint64_t malformed = 0;   ///< records that were not understood

  /// Of the newest tick: everybody's row is there.
  bool exact() const noexcept { return missing.empty(); }
};

} // namespace tidewire
