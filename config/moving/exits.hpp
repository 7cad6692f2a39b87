// How `tidewire config import` and `tidewire apps` end.
#pragma once

namespace tidewire::config::moving::exits {

inline constexpr int ok = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;

} // namespace tidewire::config::moving::exits
