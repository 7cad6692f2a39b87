// When a view is new: which edges have not said yet what they have. Pure.
#pragma once

#include "actors/state/cluster/placement.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// Follows the views at one reactor, on behalf of its DIRECTORY. When the view
/// changes, every edge tells the new owners what has moved and then says that
/// this was all. Until every edge of the view has, a channel that was not here
/// all along waits for those that have not, `patience_ns` at most.
///
/// Used by WEBHOOKS as well, where a node has one place, its reactor 0.
class hand_over {
public:
  static constexpr std::int64_t patience_ns = 2'000'000'000;

  /// From now on this is the view, and everything that `awaited` says counts
  /// only if it is said of it.
  void view_is(std::shared_ptr<const placement> now, std::vector<place> awaited,
               std::int64_t now_ns, std::int64_t patience = patience_ns);

  /// The edge has been in a view that was never ours. Others may have granted
  /// it something there: it is waited for like one that has come since.
  void was_elsewhere(place where) { newcomers_.insert(where); }

  /// The edge has said that this was all, as of that view; true if nothing is
  /// awaited now, and something was before.
  bool stated(place where, std::uint64_t view);

  bool settled() const noexcept { return missing_.empty(); }

  /// Who has not said so.
  const std::vector<place>& missing() const noexcept { return missing_; }

  /// Until when to wait for them.
  std::int64_t until_ns() const noexcept { return until_ns_; }

  /// Whether the channel was at that place in every view since all was
  /// settled the last time, and these views are of one line with the present
  /// one: then its CHANNEL, or that there is none, is known.
  bool was_at(place where, std::string_view app_id,
              std::string_view channel) const noexcept;

  /// For whom the channel has to wait at that place: for all who are missing,
  /// or, if it was there, for those of them who have come since. They may have
  /// had subscribers before they came.
  std::vector<place> awaited(place where, std::string_view app_id,
                             std::string_view channel) const;

  const std::shared_ptr<const placement>& now() const noexcept { return now_; }

private:
  // More than that many views in a row without a settled one: as if nothing
  // had been here.
  static constexpr std::size_t max_views = 16;

  std::shared_ptr<const placement> now_;
  std::vector<std::shared_ptr<const placement>> before_; // since it was settled
  bool from_nothing_ = false; // before the first of them there was none
  std::vector<place> missing_;
  std::set<place> newcomers_; // of them: not with us since it was settled
  std::int64_t until_ns_ = 0;
};

} // namespace tidewire::cluster
