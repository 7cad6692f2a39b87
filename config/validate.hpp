/// What no single assignment can tell: rules between keys, values that should
/// have been given, keys without effect. Internal to config/.
#pragma once

#include "config/problem.hpp"
#include "config/report.hpp"
#include "config/settings.hpp"

namespace tidewire::config {

/// Whether the settings are those of a server, or hold one app that is looked
/// at by itself, without the tiers and accounts it may name.
enum class subject { everything, one_app };

void validate(const settings& all, const origin_map& origins, report& problems,
              subject what = subject::everything);

} // namespace tidewire::config
