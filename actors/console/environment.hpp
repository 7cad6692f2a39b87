// What the environment of the client says, and the configuration that it and
// the options lead to.
#pragma once

#include "actors/console/options.hpp"
#include "config/load.hpp"

#include <string>

namespace tidewire::console {

/// Empty if it is not set.
std::string variable(const char* name);

/// What to load to know where the node is that is meant: --config or
/// TIDEWIRE_CONFIG, and --data-dir.
config::load_request request_of(const options& given);

} // namespace tidewire::console
