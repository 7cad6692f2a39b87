// A histogram of times whose buckets grow with the value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tidewire::bench {

/// Counts durations in nanoseconds. 64 buckets to each power of two, so a
/// value read back is at most 1/64 above the one recorded; adding costs an
/// index and an increment. Not for use by several threads at once: every
/// worker has its own and they are merged.
class histogram {
public:
  /// Counts one duration; negative ones (two clocks that disagree) count as 0.
  void add(std::int64_t nanoseconds);

  void merge(const histogram& other);

  std::uint64_t count() const { return count_; }

  /// The greatest recorded value, exactly; 0 if there is none.
  std::int64_t max() const { return max_; }

  /// The upper end of the bucket that holds the value of rank
  /// ceil(fraction × count), never above max(); 0 if nothing was recorded.
  std::int64_t quantile(double fraction) const;

private:
  static constexpr unsigned sub_bits = 6;
  static constexpr std::size_t bucket_count = (64 - sub_bits) << sub_bits;

  static std::size_t index_of(std::uint64_t value);
  static std::uint64_t highest_of(std::size_t index);

  std::array<std::uint64_t, bucket_count> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

} // namespace tidewire::bench
