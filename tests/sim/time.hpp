// Virtual time: nanoseconds since the world began.
#pragma once

#include <cstdint>

namespace tidewire::sim {

using instant = std::int64_t;

inline constexpr instant us = 1'000;
inline constexpr instant ms = 1'000'000;
inline constexpr instant second = 1'000'000'000;
inline constexpr instant never = INT64_MAX;

/// UTC when the world begins: shortly before a midnight.
inline constexpr std::int64_t epoch_s = 19'676LL * 86'400 - 20;

} // namespace tidewire::sim
