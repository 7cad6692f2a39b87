// What the caps of an app mean at the doors.
#pragma once

#include "actors/state/meter/cap_state.hpp"

#include <cstdint>

namespace tidewire::meter {

/// What an app may do now; its own tier and that of its account together.
struct cap_verdict {
  bool capped = false;             ///< there is a cap at all
  cap_level level = cap_level::ok; ///< the worst of its caps
  std::uint16_t newcomers = 0;     ///< 0: let in; else 4100 or 4004
  bool broadcasts = true;          ///< they are taken
  bool by_account = false;         ///< they are not because of its account

  friend bool operator==(const cap_verdict&, const cap_verdict&) = default;
};

/// A verdict in a byte, so that threads can share it; 0 is the default.
constexpr std::uint8_t pack(const cap_verdict& x) noexcept {
  auto newcomers = x.newcomers == 0 ? 0u : x.newcomers == 4004 ? 2u : 1u;
  return static_cast<std::uint8_t>(
      (x.capped ? 1u : 0u) | static_cast<unsigned>(x.level) << 1u
      | newcomers << 3u | (x.broadcasts ? 0u : 1u << 5u)
      | (x.by_account ? 1u << 6u : 0u));
}

constexpr cap_verdict unpack(std::uint8_t x) noexcept {
  constexpr std::uint16_t codes[] = {0, 4100, 4004, 4100};
  return {.capped = (x & 1u) != 0,
          .level = static_cast<cap_level>(x >> 1u & 3u),
          .newcomers = codes[x >> 3u & 3u],
          .broadcasts = (x & 1u << 5u) == 0,
          .by_account = (x & 1u << 6u) != 0};
}

} // namespace tidewire::meter
