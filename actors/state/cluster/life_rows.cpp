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
  if (at < floor_ || stands_at(at))
    return false;
  auto below = !rows_.empty() && rows_.begin()->first <= at;
  auto& stood = below ? told_[at] : standing_;
  stood.forget();
  stood.known = true;
  stood.apply(all);
  if (!below) {
    floor_ = at;
    told_.erase(told_.begin(), told_.upper_bound(at));
  }
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

const standing_apps* life_rows::before(const row_at& it) const noexcept {
  if (it->first == floor_ + 1)
    return standing_.known ? &standing_ : nullptr;
  auto at = told_.find(it->first - 1);
  return at == told_.end() ? nullptr : &at->second;
}

// What stands is known as long as row follows row.
void life_rows::step(const row_at& it) {
  if (auto* stood = before(it); !stood)
    standing_.forget();
  else if (stood != &standing_)
    standing_ = *stood;
  standing_.apply(it->second.says);
  floor_ = it->first;
  auto at = told_.find(floor_);
  if (at != told_.end() && !standing_.known)
    standing_ = at->second;
  told_.erase(told_.begin(), told_.upper_bound(floor_));
}

std::vector<std::pair<tick, life_rows::row>>
life_rows::trim(std::int64_t ticks, std::size_t bytes) {
  std::vector<std::pair<tick, row>> out;
  while (!rows_.empty()
         && (bytes_ > bytes
             || rows_.rbegin()->first - rows_.begin()->first >= ticks)) {
    step(rows_.cbegin());
    bytes_ -= size_of(rows_.begin()->second);
    out.emplace_back(rows_.begin()->first, std::move(rows_.begin()->second));
    rows_.erase(rows_.begin());
  }
  return out;
}

const life_rows::row* life_rows::find(tick t) const noexcept {
  auto it = rows_.find(t);
  return it == rows_.end() ? nullptr : &it->second;
}

// The tick to begin at: the last restated row up to `t`, or where it was told
// how the apps stood, the floor for one; and whether row follows row from
// there.
bool life_rows::stands_at(tick t) const {
  if (t == floor_)
    return standing_.known;
  if (told_.contains(t))
    return true;
  auto it = rows_.find(t);
  for (; it != rows_.end(); --it) {
    if (it->second.says.restated || before(it))
      return true;
    if (it == rows_.begin() || std::prev(it)->first != it->first - 1)
      return false;
  }
  return false;
}

standing_apps life_rows::at(tick t) const {
  standing_apps out;
  if (!stands_at(t))
    return out;
  if (t == floor_)
    return standing_;
  if (auto told = told_.find(t); told != told_.end())
    return told->second;
  auto begin = rows_.find(t);
  auto end = std::next(begin);
  while (!begin->second.says.restated && !before(begin))
    --begin;
  if (auto* stood = before(begin); stood && !begin->second.says.restated)
    out = *stood;
  for (; begin != end; ++begin)
    out.apply(begin->second.says);
  return out;
}

std::optional<tick> life_rows::last_standing(standing_apps& into) const {
  auto last = told_.empty() ? floor_ : told_.rbegin()->first;
  for (auto it = rows_.rbegin(); it != rows_.rend() && last < it->first; ++it)
    if (stands_at(it->first)) {
      into = at(it->first);
      return it->first;
    }
  into = at(last);
  return into.known ? std::optional{last} : std::nullopt;
}

} // namespace tidewire::cluster
