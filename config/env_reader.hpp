/// `TIDEWIRE_…` variables as assignments. Internal to config/.
#pragma once

#include "config/assignment.hpp"
#include "config/load.hpp"
#include "config/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

inline constexpr std::string_view variable_prefix = "TIDEWIRE_";

/// `apps[0].keys[0].key` → `TIDEWIRE_APPS__0__KEYS__0__KEY`.
std::string variable_of(std::string_view key);

/// What the environment sets, items of lists in the order of their numbers.
/// Reads the files that `_FILE` variables name.
std::vector<assignment> read_variables(const load_request& request,
                                       report& problems);

} // namespace tidewire::config
