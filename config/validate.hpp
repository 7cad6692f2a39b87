/// What no single assignment can tell: rules between keys, values that should
/// have been given, keys without effect. Internal to config/.
#pragma once

#include "config/problem.hpp"
#include "config/report.hpp"
#include "config/settings.hpp"

namespace tidewire::config {

void validate(const settings& all, const origin_map& origins, report& problems);

} // namespace tidewire::config
