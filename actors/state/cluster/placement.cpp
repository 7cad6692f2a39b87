#include "actors/state/cluster/placement.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

placement::placement(std::shared_ptr<const view> seen,
                     std::vector<node_number> numbers)
    : view_(std::move(seen)), numbers_(std::move(numbers)) {
  for (std::size_t i = 0; i < view_->members.size(); ++i)
    for (std::uint32_t r = 0; r < view_->members[i].reactors; ++r)
      places_.push_back(make_place(numbers_[i], r));
  std::sort(places_.begin(), places_.end());
}

place placement::owner_of(std::string_view app_id,
                          std::string_view channel) const noexcept {
  return place_of(cluster::owner_of(*view_, app_id, channel));
}

std::optional<place>
placement::runner_up_of(std::string_view app_id,
                        std::string_view channel) const noexcept {
  auto next = cluster::runner_up_of(*view_, app_id, channel);
  return next ? std::optional{place_of(*next)} : std::nullopt;
}

std::uint32_t placement::stay_of(node_number node) const noexcept {
  for (std::size_t i = 0; i < numbers_.size(); ++i)
    if (numbers_[i] == node)
      return view_->members[i].stay;
  return 0;
}

} // namespace tidewire::cluster
