// The records of which a link's batches are made: a kind, a length, the bytes.
#pragma once

#include "messages/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire::cluster {

/// What a record is about. Kinds are given out in ranges, one per concern; the
/// concern names its kinds beside their codecs. A number is never used anew.
using record_kind = std::uint8_t;

struct kind_range {
  record_kind first;
  record_kind last; ///< included

  constexpr bool has(record_kind x) const noexcept {
    return first <= x && x <= last;
  }
  bool operator==(const kind_range&) const = default;
};

inline constexpr record_kind link_kind = 0; ///< the LINK's own words
inline constexpr kind_range view_kinds{1, 31};
inline constexpr kind_range channel_kinds{32, 63}; ///< between two reactors
inline constexpr kind_range row_kinds{64, 95};
inline constexpr kind_range right_kinds{96, 127};
inline constexpr kind_range shared_kinds{128, 159}; ///< of the REGISTRY
inline constexpr kind_range cap_kinds{160, 167};    ///< of the GAUGE: tiers

/// The version of all records together: what this process writes, and the
/// oldest that it reads. Two nodes speak the lesser of their newest ones, so
/// that a cluster can be upgraded node by node.
inline constexpr std::uint8_t record_version = 1;
inline constexpr std::uint8_t oldest_record_version = 1;

/// A longer record is not sent: who has more to say says it in pieces.
inline constexpr std::size_t max_record_bytes = std::size_t{1024} * 1024;

/// What stands before the bytes of the longest record.
inline constexpr std::size_t max_record_head = 5;

/// Puts a record behind what is there. False, and nothing is written, if the
/// bytes are too many.
bool append_record(std::string& out, record_kind kind, std::string_view bytes);

/// What `append_record` would add.
std::size_t record_size(std::size_t bytes, record_kind kind = 0) noexcept;

/// Takes the first record off `rest`. False at the end, and then `rest` is
/// empty; false, too, if the record is cut or too long, and then it is not.
bool next_record(std::string_view& rest, record_kind& kind,
                 std::string_view& bytes) noexcept;

/// Calls `f(kind, bytes)` for each record in order; the bytes are views into
/// `all`. False if the last one was cut or too long: it is left out, and there
/// is no telling what was behind it.
template <class F>
bool for_each_record(std::string_view all, F&& f) {
  record_kind kind = 0;
  std::string_view bytes;
  while (next_record(all, kind, bytes))
    f(kind, bytes);
  return all.empty();
}

} // namespace tidewire::cluster
