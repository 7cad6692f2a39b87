#include "actors/state/meter/minute_fold.hpp"

#include <utility>

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
  // Both are in the order of the apps' ids.
  auto at = page_.apps.begin();
  auto pass = [&] {
    auto& record = at++->second;
    record.set(place, block.restated
                          ? tick_figures{}
                          : tick_figures::idle(record.at(place - 1)));
  };
  for (auto& x : block.apps) {
    while (at != page_.apps.end() && at->first < x.app)
      pass();
    if (at == page_.apps.end() || x.app < at->first) {
      at = page_.apps.try_emplace(at, x.app);
      at->second.first = place;
    }
    at->second.set(place, x.figures);
    at->second.did += x.figures.did;
    ++at;
  }
  while (at != page_.apps.end())
    pass();
  return true;
}

minute_page minute_fold::page() const {
  return minute_fold{*this}.take();
}

minute_page minute_fold::take() {
  for (; next_ < minute::ticks; ++next_)
    stand(next_);
  return std::move(page_);
}

// Apps stand as they stood at the place before.
void minute_fold::stand(int place) {
  for (auto& [app, record] : page_.apps)
    record.set(place, tick_figures::idle(record.at(place - 1)));
}

} // namespace tidewire::meter
