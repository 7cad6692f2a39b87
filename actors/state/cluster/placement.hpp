// A view as the data plane needs it: owners and edges as places.
#pragma once

#include "actors/state/cluster/ownership.hpp"
#include "messages/place.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// Where channels live in one view, with members as this process numbers them.
/// Immutable: one is made for each view and every reactor holds it.
class placement {
public:
  /// `numbers` are those of the members, in their order; ours is 0.
  placement(std::shared_ptr<const view> seen, std::vector<node_number> numbers);

  const view& seen() const noexcept { return *view_; }
  std::uint64_t hash() const noexcept { return view_->hash; }

  /// The reactor on which the CHANNEL is. A cluster of one uses the same
  /// function, so that its reactors keep what stays on the node when others
  /// come.
  place owner_of(std::string_view app_id,
                 std::string_view channel) const noexcept;

  /// The reactor on which it would be if the owner's node were gone; nothing
  /// in a cluster of one.
  std::optional<place> runner_up_of(std::string_view app_id,
                                    std::string_view channel) const noexcept;

  /// Every reactor of every member, ascending: these are the edges.
  const std::vector<place>& places() const noexcept { return places_; }

  /// The stay of that node, 0 if it is no member.
  std::uint32_t stay_of(node_number node) const noexcept;

  bool has(node_number node) const noexcept { return stay_of(node) != 0; }

private:
  place place_of(const channel_owner& x) const noexcept {
    return make_place(numbers_[x.member], x.reactor);
  }

  std::shared_ptr<const view> view_;
  std::vector<node_number> numbers_;
  std::vector<place> places_;
};

} // namespace tidewire::cluster
