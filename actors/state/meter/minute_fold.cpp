#include "actors/state/meter/minute_fold.hpp"

#include <algorithm>

namespace tidewire::meter {

minute_fold::minute_fold(minute at, bool continues)
    : page_{at, 0, {}}, continues_(continues) {}

bool minute_fold::add(const tick_block& block) {
  auto place = place_of(block.at);
  if (minute_of(block.at) != page_.at || place < next_)
    return false;
  auto follows = place == 0 ? continues_ : (page_.known & bit(place - 1)) != 0;
  if (!follows && !block.restated)
    return false;
  for (; next_ < place; ++next_)
    stand(next_);
  next_ = place + 1;
  page_.known |= bit(place);
  if (block.restated)
    for (auto& [app, record] : page_.apps)
      record.set(place, {});
  else
    stand(place);
  for (auto& x : block.apps) {
    auto [at, is_new] = page_.apps.try_emplace(x.app);
    auto& record = at->second;
    if (is_new)
      record.first = place;
    record.set(place, x.figures);
    record.did += x.figures.did;
  }
  return true;
}

minute_page minute_fold::page() const {
  auto copy = *this;
  for (; copy.next_ < minute::ticks; ++copy.next_)
    copy.stand(copy.next_);
  return std::move(copy.page_);
}

// Apps stand as they stood at the place before.
void minute_fold::stand(int place) {
  for (auto& [app, record] : page_.apps)
    record.set(place, tick_figures::idle(record.at(place - 1)));
}

} // namespace tidewire::meter
