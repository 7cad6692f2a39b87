#include "actors/state/cluster/life_rows.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

using meter::tick;

namespace {

// What a row costs beside its bytes, about.
std::size_t size_of(const life_rows::row& x) noexcept {
  return x.block.size() + x.says.apps.size() * sizeof(x.says.apps[0]) + 100;
}

} // namespace

life_rows::outcome life_rows::take(tick at, row x) {
  if (at <= floor_)
    return outcome::too_old;
  auto found = rows_.find(at);
  if (found != rows_.end())
    return found->second.block == x.block && found->second.gap == x.gap
               ? outcome::had
               : outcome::disputed;
  auto before = at - static_cast<std::int64_t>(x.gap);
  cover({before, at});
  if (x.gap > 0)
    lapses_.add({before, at - 1});
  bytes_ += size_of(x);
  rows_.emplace(at, std::move(x));
  return outcome::fresh;
}

bool life_rows::stand(tick at, const level_changes& all) {
  if (at < floor_ || (at == floor_ && standing_.known))
    return false;
  while (!rows_.empty() && rows_.begin()->first <= at) {
    bytes_ -= size_of(rows_.begin()->second);
    rows_.erase(rows_.begin());
  }
  floor_ = at;
  standing_.forget();
  standing_.known = true;
  standing_.apply(all);
  told(at);
  return true;
}

void life_rows::lapse(tick_run ticks) {
  covered_.add(ticks); // it is no row: others find out by themselves
  lapses_.add(ticks);
}

// What its author has no row for stays so.
void life_rows::hope_for(const tick_runs& elsewhere) {
  if (lapses_.empty())
    return;
  for (auto& lost : std::vector(lapses_.runs()))
    for (auto& has : elsewhere.runs()) {
      tick_run both{std::max(lost.first, has.first),
                    std::min(lost.last, has.last)};
      while (auto gap = to_give_.first_gap(both)) {
        covered_.remove(*gap);
        lapses_.remove(*gap);
        both.first = gap->last + 1;
      }
    }
}

// What stands is known as long as row follows row.
void life_rows::step(const std::map<tick, row>::const_iterator& it) {
  if (it->first != floor_ + 1)
    standing_.forget();
  standing_.apply(it->second.says);
  floor_ = it->first;
}

void life_rows::trim(std::int64_t ticks, std::size_t bytes) {
  while (!rows_.empty()
         && (bytes_ > bytes
             || rows_.rbegin()->first - rows_.begin()->first >= ticks)) {
    step(rows_.cbegin());
    bytes_ -= size_of(rows_.begin()->second);
    rows_.erase(rows_.begin());
  }
}

const life_rows::row* life_rows::find(tick t) const noexcept {
  auto it = rows_.find(t);
  return it == rows_.end() ? nullptr : &it->second;
}

// The tick to begin at: the last restated row up to `t`, or the floor; and
// whether row follows row from there.
bool life_rows::stands_at(tick t) const {
  if (t == floor_)
    return standing_.known;
  auto it = rows_.find(t);
  for (; it != rows_.end(); --it) {
    if (it->second.says.restated)
      return true;
    if (it->first == floor_ + 1)
      return standing_.known;
    if (it == rows_.begin() || std::prev(it)->first != it->first - 1)
      return false;
  }
  return false;
}

standing_apps life_rows::at(tick t) const {
  standing_apps out;
  if (!stands_at(t))
    return out;
  auto begin = rows_.find(t);
  if (begin == rows_.end())
    return standing_; // at the floor
  auto end = std::next(begin);
  while (!begin->second.says.restated && begin->first != floor_ + 1)
    --begin;
  if (!begin->second.says.restated)
    out = standing_;
  for (; begin != end; ++begin)
    out.apply(begin->second.says);
  return out;
}

std::optional<tick> life_rows::last_standing(standing_apps& into) const {
  for (auto it = rows_.rbegin(); it != rows_.rend(); ++it)
    if (stands_at(it->first)) {
      into = at(it->first);
      return it->first;
    }
  if (!standing_.known)
    return std::nullopt;
  into = standing_;
  return floor_;
}

} // namespace tidewire::cluster
