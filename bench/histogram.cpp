#include "bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tidewire::bench {

// Values below 64 have a bucket each. Above, the six bits that follow the
// leading one choose among the 64 buckets of their power of two.
std::size_t histogram::index_of(std::uint64_t value) {
  if (value < (1u << sub_bits))
    return value;
  const auto shift =
      static_cast<unsigned>(std::bit_width(value)) - sub_bits - 1;
  return (static_cast<std::size_t>(shift) << sub_bits) + (value >> shift);
}

std::uint64_t histogram::highest_of(std::size_t index) {
  if (index < (2u << sub_bits))
    return index;
  const auto shift = (index >> sub_bits) - 1;
  const auto lead = (index & ((1u << sub_bits) - 1)) + (1u << sub_bits);
  return ((lead + 1) << shift) - 1;
}

void histogram::add(std::int64_t nanoseconds) {
  const auto value = std::max<std::int64_t>(nanoseconds, 0);
  ++counts_[index_of(static_cast<std::uint64_t>(value))];
  ++count_;
  max_ = std::max(max_, value);
}

void histogram::merge(const histogram& other) {
  for (std::size_t i = 0; i < bucket_count; ++i)
    counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::int64_t histogram::quantile(double fraction) const {
  if (count_ == 0)
    return 0;
  const auto wanted =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(
                                    fraction * static_cast<double>(count_))),
                                1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    seen += counts_[i];
    if (seen >= wanted)
      return std::min(static_cast<std::int64_t>(highest_of(i)), max_);
  }
  return max_;
}

} // namespace tidewire::bench
