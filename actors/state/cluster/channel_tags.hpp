// The numbers of records on the wire. Private to the codec of channels.
#pragma once

#include <cstdint>

namespace tidewire::cluster {

/// The form of a batch that this process writes, and the oldest it reads.
inline constexpr std::uint64_t channel_form = 1;

/// Records for edges; a number is never used anew.
enum class to_edge : std::uint8_t {
  deliver = 1,
  joined = 2,
  refused = 3,
  members = 4,
  seen = 5,
  end = 6,
  restate = 7,
  everything = 8,
};

/// Records for owners; the same.
enum class to_owner : std::uint8_t {
  join = 1,
  left = 2,
  counted = 3,
  stake = 4,
  restate = 5,
  publish = 6,
  end = 7,
  describe = 8,
  list = 9,
  connections = 10,
  up = 11,
  taken = 12,
  answer = 13,
  stated = 14,
  handed_over = 15,
  copied = 16,
};

} // namespace tidewire::cluster
