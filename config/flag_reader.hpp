/// Flags as assignments. Internal to config/.
#pragma once

#include "config/assignment.hpp"
#include "config/load.hpp"
#include "config/report.hpp"

#include <vector>

namespace tidewire::config {

std::vector<assignment> read_flags(const load_request& request,
                                   report& problems);

} // namespace tidewire::config
