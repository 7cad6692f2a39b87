// Samples, counted by their value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace tidewire::meter {

/// Keeps how often each value was, not the samples: a month of an app takes as
/// much memory as the app has different values.
class sample_bag {
public:
  void add(std::uint64_t value, std::uint64_t times = 1) {
    size_ += times;
    if (value >= few) {
      many_[value] += times;
      return;
    }
    if (value >= few_.size())
      few_.resize(value + 1);
    few_[value] += times;
  }

  std::uint64_t size() const noexcept { return size_; }

  /// Of n samples: sorted, ⌊n/20⌋ dropped from the top, the next one; nothing
  /// if there are none.
  std::optional<std::uint64_t> percentile95() const noexcept;

private:
  static constexpr std::uint64_t few = 1024;

  std::vector<std::uint64_t> few_; // by value, those below `few`
  std::map<std::uint64_t, std::uint64_t> many_;
  std::uint64_t size_ = 0;
};

} // namespace tidewire::meter
