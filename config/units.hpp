/// Durations and sizes as people write them: `30s`, `64KiB`. Pure functions,
/// callable from any thread; they do not throw.
#pragma once

#include "config/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidewire::config {

/// A hundred years: what also counts in 64-bit nanoseconds, from any time on.
inline constexpr duration longest_duration = std::chrono::days{36'500};

/// Reads a whole number followed by one of `ms s m h d`, nothing around and
/// nothing between. No unit, no sign, no fraction. Empty for anything else and
/// for more than `longest_duration`.
std::optional<duration> parse_duration(std::string_view text);

/// Reads a whole number, alone or followed by `B`, `KiB MiB GiB` (powers of
/// 1024) or `KB MB GB` (powers of 1000). Empty for anything else and for what
/// does not fit 64 bits.
std::optional<bytes> parse_size(std::string_view text);

/// A text that parse_duration() reads back as the same value, in the unit
/// people think in: `120s`, as the protocol says, not `2m`; `15m`; `24h`; `7d`.
std::string to_text(duration value);

/// The shortest text that parse_size() reads back as the same value: `10KiB`,
/// `1500B`.
std::string size_text(bytes value);

} // namespace tidewire::config
