#include "actors/state/meter/sample_bag.hpp"

namespace tidewire::meter {

std::optional<std::uint64_t> sample_bag::percentile95() const noexcept {
  auto left = size_ / 20;
  for (auto at = many_.rbegin(); at != many_.rend(); ++at) {
    if (left < at->second)
      return at->first;
    left -= at->second;
  }
  for (auto value = few_.size(); value-- > 0;) {
    if (left < few_[value])
      return value;
    left -= few_[value];
  }
  return std::nullopt;
}

} // namespace tidewire::meter
