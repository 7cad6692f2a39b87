// Lengths of time as settings count them: in milliseconds.
#pragma once

#include <cstdint>

namespace tidewire::config {

inline constexpr std::uint64_t second = 1000;
inline constexpr std::uint64_t minute = 60 * second;
inline constexpr std::uint64_t hour = 60 * minute;
inline constexpr std::uint64_t day = 24 * hour;

} // namespace tidewire::config
