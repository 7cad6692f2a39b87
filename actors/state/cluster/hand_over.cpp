#include "actors/state/cluster/hand_over.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

namespace {

bool goes_on(const view& before, const view& now) noexcept {
  auto at = index_of(before, now.oldest().who);
  return at != no_member && before.members[at].stay == now.oldest().stay;
}

// Who was away and is back has edges of which nobody here knows.
bool brings_back(const view& before, const view& now) noexcept {
  return std::any_of(now.members.begin(), now.members.end(), [&](auto& x) {
    auto at = index_of(before, x.who);
    return x.stay > 1 && (at == no_member || before.members[at].stay != x.stay);
  });
}

} // namespace

void hand_over::view_is(std::shared_ptr<const placement> now,
                        std::vector<place> awaited, std::int64_t now_ns,
                        std::int64_t patience) {
  if (settled()) {
    before_.clear();
    from_nothing_ = false;
  }
  // The oldest member keeps the line of views. Who was not with it joins it,
  // and what was known elsewhere is not the whole; nor is it to who was left
  // out in between, and did not see that view.
  if (!now_ || before_.size() >= max_views
      || !goes_on(now_->seen(), now->seen())
      || brings_back(now_->seen(), now->seen()))
    from_nothing_ = true;
  else
    before_.push_back(std::move(now_));
  now_ = std::move(now);
  missing_ = std::move(awaited);
  until_ns_ = now_ns + patience;
}

bool hand_over::stated(place where, std::uint64_t view) {
  if (!now_ || view != now_->hash() || std::erase(missing_, where) == 0
      || !missing_.empty())
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

} // namespace tidewire::cluster
