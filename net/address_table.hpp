// How many of something each client address has, over all reactors.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace tidewire::net {

/// Counts by address group (net/address.hpp). Any thread; no lock, no
/// allocation but of the table itself, at its first use.
///
/// A table of buckets of one cache line: every word of a bucket is a
/// fingerprint of a group and its count. Where a group goes is a permutation of
/// its 64 bits that nobody outside knows, so that two groups can neither be
/// taken for one another nor be chosen to crowd a bucket. Should a bucket be
/// full of other groups all the same, the newcomer passes uncounted: the table
/// is a shield, and a shield that is used up must not lock everybody out.
///
/// A count never falls behind what was taken but when two reactors take the
/// very first place of a group within nanoseconds of each other and of a third
/// that gives one back; then the group may have twice its limit until those
/// are gone.
class address_table {
public:
  /// The place of one thing that was counted; 0 = it was not.
  using place = std::uint32_t;

  address_table();
  ~address_table();
  address_table(const address_table&) = delete;
  address_table& operator=(const address_table&) = delete;

  /// Counts one of `group` unless it has `limit` (≤ 2^24 - 1) already; nothing
  /// then. The place is for `leave`, once.
  std::optional<place> enter(std::uint64_t group, std::uint32_t limit);

  void leave(place at) noexcept;

  /// How many `group` has.
  std::uint32_t count(std::uint64_t group) const noexcept;

private:
  using word = std::atomic<std::uint64_t>;

  static constexpr std::size_t ways = 8; // of 8 bytes: a cache line
  static constexpr std::size_t bucket_bits = 14;
  static constexpr std::size_t words = ways << bucket_bits; // 1 MiB

  word* table();
  std::uint64_t mixed(std::uint64_t group) const noexcept;

  std::uint64_t seeds_[2];
  std::atomic<word*> table_{nullptr};
};

} // namespace tidewire::net
