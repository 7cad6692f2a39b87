// A failing scenario made small.
#pragma once

#include "tests/sim/scenario.hpp"

#include <functional>

namespace tidewire::sim {

/// Removes steps, halves times and lengths, takes hosts away, as long as
/// `fails` holds of what is left; asks it at most `tries` times.
scenario shrink(scenario x, const std::function<bool(const scenario&)>& fails,
                unsigned tries = 4'000);

} // namespace tidewire::sim
