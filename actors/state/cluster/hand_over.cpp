#include "actors/state/cluster/hand_over.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidewire::cluster {

namespace {

bool goes_on(const view& before, const view& now) noexcept {
  auto at = index_of(before, now.oldest().who);
  return at != no_member && before.members[at].stay == now.oldest().stay;
}

bool is_new(const placement& before, const placement& now, place where) {
  return before.stay_of(node_of(where)) != now.stay_of(node_of(where));
}

} // namespace

void hand_over::view_is(std::shared_ptr<const placement> now,
                        std::vector<place> awaited, std::int64_t now_ns,
                        std::int64_t patience) {
  if (settled()) {
    before_.clear();
    newcomers_.clear();
    from_nothing_ = false;
  }
  // The oldest member keeps the line of views. Who was not with it joins it,
  // and what was known elsewhere is not the whole; nor is it to who was left
  // out in between, and did not see that view.
  if (!now_ || before_.size() >= max_views
      || !goes_on(now_->seen(), now->seen())
      || now_->stay_of(0) != now->stay_of(0)) {
    from_nothing_ = true;
  } else {
    for (auto where : awaited)
      if (is_new(*now_, *now, where))
        newcomers_.insert(where);
    before_.push_back(std::move(now_));
  }
  now_ = std::move(now);
  missing_ = std::move(awaited);
  until_ns_ = now_ns + patience;
}

bool hand_over::stated(place where, std::uint64_t view) {
  if (!now_ || view != now_->hash() || std::erase(missing_, where) == 0)
    return false;
  newcomers_.erase(where);
  if (!missing_.empty())
    return false;
  before_.clear();
  from_nothing_ = false;
  return true;
}

bool hand_over::was_at(place where, std::string_view app_id,
                       std::string_view channel) const noexcept {
  if (settled())
    return true;
  return !from_nothing_
         && std::all_of(before_.begin(), before_.end(), [&](auto& x) {
              return x->owner_of(app_id, channel) == where;
            });
}

std::vector<place> hand_over::awaited(place where, std::string_view app_id,
                                      std::string_view channel) const {
  if (!was_at(where, app_id, channel))
    return missing_;
  std::vector<place> result;
  std::copy_if(missing_.begin(), missing_.end(), std::back_inserter(result),
               [this](place x) { return newcomers_.contains(x); });
  return result;
}

} // namespace tidewire::cluster
