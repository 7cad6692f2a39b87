/// The limits that hold for one app. Pure.
#pragma once

#include "config/settings.hpp"

namespace tidewire::config {

/// `[limits]` with what `[apps.limits]` has otherwise.
limit_settings limits_of(const limit_settings& everybody,
                         const app_limits& its_own);

} // namespace tidewire::config
