// What an app may use, and what happens when it uses more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidewire::meter {

/// What newcomers are told when the grace has run out.
enum class when_over : std::uint8_t {
  refuse_4100, ///< try again later
  refuse_4004, ///< over quota, do not come back
  observe      ///< nothing: they are let in, and the state is shown
};

/// A cap with supporting limits (design §1). [[tiers]] of the configuration.
struct tier {
  std::string name;
  std::uint64_t connections = 0;        ///< at a time; 0 = no cap
  std::uint64_t broadcasts = 0;         ///< per calendar month; 0 = no cap
  std::int64_t grace_seconds = 604'800; ///< seven days
  std::uint32_t near_percent = 80;
  /// How far below a line, in percent of the cap, one has to fall to be below
  /// it again.
  std::uint32_t hysteresis_percent = 5;
  when_over over = when_over::refuse_4100;
  std::uint64_t price_cents = 0; ///< per month, for sizing only; 0 = not said

  friend bool operator==(const tier&, const tier&) = default;
};

/// Apps that share one tier's caps. [[accounts]] of the configuration.
struct account {
  std::string name;
  std::string tier;              ///< by name; its caps are over the sum
  std::vector<std::string> apps; ///< their ids
  std::uint32_t max_apps = 0;    ///< 0 = any number

  friend bool operator==(const account&, const account&) = default;
};

/// [meter] of the configuration.
struct meter_settings {
  bool enabled = true;
  std::uint32_t tick_days = 35;    ///< how long ticks are kept
  std::uint32_t minute_days = 400; ///< how long minutes are kept, then days
  std::uint32_t sample_seconds = 60;
  std::string time_zone = "UTC"; ///< of calendar months in statements

  friend bool operator==(const meter_settings&,
                         const meter_settings&) = default;
};

} // namespace tidewire::meter
