// One record of each kind, as this process writes it and reads it.
#pragma once

#include "actors/state/cluster/record.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::testing {

struct wire_sample {
  std::string name;
  cluster::record_kind kind; ///< 0: not a record of its own
  std::string bytes;         ///< as this process writes it
  /// Reads bytes and writes what was read; nothing if they cannot be read.
  std::function<std::optional<std::string>(std::string_view)> again;
};

/// Of the records that NODE, GAUGE, LEDGER and REGISTRY exchange.
std::vector<wire_sample> control_samples();

/// Of those that reactors and WEBHOOKS exchange.
std::vector<wire_sample> channel_samples();

} // namespace tidewire::testing
