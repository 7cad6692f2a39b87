// Lengths of time, for tests.
#pragma once

#include <cstdint>

namespace tidewire::cluster::testing {

inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::int64_t second = 1000 * ms;

} // namespace tidewire::cluster::testing
