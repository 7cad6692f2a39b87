// What the GAUGEs say to each other about caps of tiers: kinds 160 and 161.
#pragma once

#include "actors/state/cluster/record.hpp"
#include "actors/state/meter/cap_row.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// How all caps stand.
inline constexpr record_kind caps_told_kind = 160;
/// How far the sender has come, every few ticks.
inline constexpr record_kind caps_said_kind = 161;

struct caps_told {
  bool asks = false;     ///< the receiver is to say the same
  bool standing = false; ///< the sender has folded all ticks since `founded`
  meter::tick founded;   ///< when somebody began to
  /// The last row that the sender has of any cap.
  meter::tick newest_row;
  meter::book_memory memory;
  std::vector<meter::cap_row> rows; ///< that the receiver does not have
  /// Rows that the operator may not have been told of yet.
  std::vector<meter::cap_row> untold;

  friend bool operator==(const caps_told&, const caps_told&) = default;
};

struct caps_said {
  meter::tick founded;     ///< as above
  meter::tick at;          ///< up to here ticks are folded
  std::uint64_t plans = 0; ///< a hash of the caps that there were then
  std::uint64_t hash = 0;  ///< of how they stood
  std::uint64_t view = 0;  ///< the sender's
  /// Of the caps that it owns in that view, the operator is told of all rows up
  /// to here.
  meter::tick told;

  friend bool operator==(const caps_said&, const caps_said&) = default;
};

std::string encode(const caps_told& x);
std::string encode(const caps_said& x);

/// Nothing if it is not such a record from beginning to end.
std::optional<caps_told> decode_caps_told(std::string_view bytes);
std::optional<caps_said> decode_caps_said(std::string_view bytes);

} // namespace tidewire::cluster
