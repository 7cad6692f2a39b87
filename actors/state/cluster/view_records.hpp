// What nodes tell each other about who is there: the records of `view_kinds`.
#pragma once

#include "actors/state/cluster/ended.hpp"
#include "actors/state/cluster/hearing.hpp"
#include "actors/state/cluster/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

inline constexpr record_kind heartbeat_kind = 1;
inline constexpr record_kind roll_kind = 2;

/// More lives at a time, or longer names and addresses, are refused.
inline constexpr std::size_t max_lives = 256;
inline constexpr std::size_t max_name = 255;
/// No heartbeat passes on more rows, so that it stays a record.
inline constexpr std::size_t max_passed_on = 64;

/// Said to each linked peer every `heartbeat_ns`, and soon after a change.
struct heartbeat {
  meter::cluster_ns time = 0; ///< the sender's cluster time, when sent
  std::int64_t ppm = 0;       ///< and how much faster than monotonic it runs
  /// The receiver's last heartbeat that came, 0 if none did, and how long ago.
  std::uint64_t echo = 0;
  std::int64_t held_ns = 0;
  /// The sender's row; its number is this heartbeat's.
  hearing_row row;
  /// Rows of lives that the receiver does not hear, or hears badly.
  struct passed_on {
    hearing_row row;
    std::int64_t old_ns = 0; ///< since it was news to the sender
    friend bool operator==(const passed_on&, const passed_on&) = default;
  };
  std::vector<passed_on> others;
  struct strike {
    life who;
    std::uint32_t stay = 0;
    friend bool operator==(const strike&, const strike&) = default;
  };
  std::vector<strike> struck;

  friend bool operator==(const heartbeat&, const heartbeat&) = default;
};

/// All lives that the sender knows. Said when a link is new, when something in
/// it has changed, and now and then.
struct roll {
  struct card {
    life who;
    std::string address;
    friend bool operator==(const card&, const card&) = default;
  };
  std::vector<card> known; ///< with the sender
  std::vector<ended_life> ended;

  friend bool operator==(const roll&, const roll&) = default;
};

std::string bytes_of(const heartbeat& x);
std::string bytes_of(const roll& x);

/// Nothing if the bytes are not exactly one, in order and within the limits.
std::optional<heartbeat> read_heartbeat(std::string_view bytes);
std::optional<roll> read_roll(std::string_view bytes);

} // namespace tidewire::cluster
