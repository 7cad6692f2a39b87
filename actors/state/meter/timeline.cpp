#include "actors/state/meter/timeline.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidewire::meter {

namespace {

constexpr int last_place = minute::ticks - 1;

// The bits of the ticks from `first` to `last` in a minute.
tick_mask mask_of(minute at, tick first, tick last) noexcept {
  auto from = std::max(first, at.first());
  auto to = std::min(last, at.last());
  if (from > to)
    return 0;
  auto bits = (tick_mask{1} << (to - from + 1)) - 1;
  return bits << place_of(from);
}

bool is_coarse(const author_minute& page) noexcept {
  return std::any_of(page.entries.begin(), page.entries.end(), [](auto& x) {
    return std::holds_alternative<coarse_minute>(x);
  });
}

const author_minute* page_of(std::span<const author_minute> pages,
                             std::size_t author) noexcept {
  auto at = std::find_if(pages.begin(), pages.end(),
                         [&](auto& p) { return p.author == author; });
  return at == pages.end() ? nullptr : &*at;
}

} // namespace

roster::roster(std::vector<author_life> lives) : lives_(std::move(lives)) {
  for (auto& life : lives_) {
    tick until{std::numeric_limits<std::int64_t>::max()};
    for (auto& other : lives_)
      if (other.who.node == life.who.node && other.first > life.first)
        until = std::min(until, other.first - 1);
    untils_.push_back(life.ended ? std::min(until, life.last) : until);
  }
}

roster::knowledge roster::know(minute at,
                               std::span<const author_minute> pages) const {
  tick_mask said = 0, missing = 0, awaited = 0, begun = 0;
  for (std::size_t a = 0; a < lives_.size(); ++a) {
    auto* page = page_of(pages, a);
    auto known = page ? page->known & whole_minute : 0;
    auto wanted = mask_of(at, lives_[a].first, untils_[a]);
    said |= known;
    missing |= wanted & ~known;
    awaited |= wanted;
    begun |= mask_of(at, lives_[a].first,
                     {std::numeric_limits<std::int64_t>::max()});
  }
  return {said | (begun & ~awaited), said & missing};
}

timeline::timeline(std::vector<author_life> lives, std::size_t subjects)
    : roster_(std::move(lives)),
      subjects_(subjects),
      standing_(roster_.size() * subjects) {}

const minute_slice& timeline::next(minute at,
                                   std::span<const author_minute> pages) {
  if (!last_ || at != *last_ + 1 || day_of(at).first_minute() == at)
    std::fill(standing_.begin(), standing_.end(), levels{});
  last_ = at;
  sum_.begin(at, roster_.know(at, pages),
             std::any_of(pages.begin(), pages.end(), is_coarse));
  static const minute_entry nothing;
  for (std::size_t a = 0; a < roster_.size(); ++a) {
    auto* page = page_of(pages, a);
    auto known = page ? page->known & whole_minute : 0;
    for (std::size_t s = 0; s < subjects_; ++s)
      sum_.add(known != 0 && s < page->entries.size() ? page->entries[s]
                                                      : nothing,
               known, standing_[a * subjects_ + s]);
  }
  return sum_.slice();
}

void minute_sum::begin(minute at, roster::knowledge of, bool coarse) {
  if (std::exchange(slice_has_ticks_, false) || slice_.coarse)
    slice_.sum = {};
  slice_.open = slice_.billable = {};
  slice_.peak_is_bound = false;
  slice_.at = at;
  slice_.coarse = coarse;
  slice_.known = of.known;
  slice_.partly = of.partly;
}

void minute_sum::add(const minute_entry& entry, tick_mask known,
                     levels& standing) {
  if (known == 0) {
    standing = {};
  } else if (auto* whole = std::get_if<coarse_minute>(&entry)) {
    standing = known & bit(last_place) ? whole->last : levels{};
    add(*whole, known);
  } else if (auto* ticks = expand(standing, entry, known)) {
    if (slice_.coarse)
      add(coarsen(*ticks, slice_.at, known), known);
    else
      add(*ticks);
  }
}

// An author's ticks of a subject, zero where they are not known; nothing if
// they are all zero. `standing` becomes what it is at the last one.
const minute_record* minute_sum::expand(levels& standing,
                                        const minute_entry& entry,
                                        tick_mask known) {
  auto* record = std::get_if<minute_record>(&entry);
  if (record && record->first == 0 && known == whole_minute) {
    standing = record->at(last_place);
    return record;
  }
  if (!record && standing == levels{})
    return nullptr;
  scratch_ = minute_record{};
  if (record)
    scratch_.did = record->did;
  for (int i = 0; i < minute::ticks; ++i) {
    if (!(known & bit(i))) {
      standing = {};
    } else if (!record || i < record->first) {
      scratch_.set(i, tick_figures::idle(standing));
    } else {
      standing = record->at(i);
      scratch_.set(i, record->figures(i));
    }
  }
  return &scratch_;
}

void minute_sum::add(const minute_record& x) {
  auto& sum = slice_.sum;
  if (!std::exchange(slice_has_ticks_, true)) {
    sum = x;
    sum.first = 0;
    return;
  }
  auto columns = [](auto& to, auto& from) {
    for (int i = 0; i < minute::ticks; ++i)
      to[i] += from[i];
  };
  columns(sum.open, x.open);
  columns(sum.unbilled, x.unbilled);
  columns(sum.unauthorized, x.unauthorized);
  columns(sum.users, x.users);
  columns(sum.lowest, x.lowest);
  columns(sum.highest, x.highest);
  columns(sum.connection_ms, x.connection_ms);
  columns(sum.unbilled_ms, x.unbilled_ms);
  sum.did += x.did;
}

void minute_sum::add(const coarse_minute& x, tick_mask known) {
  auto& sum = slice_.sum;
  auto add_peak = [&](tick_peak& to, const tick_peak& from) {
    if (from.value == 0)
      return;
    slice_.peak_is_bound |= to.value != 0;
    to = {to.value + from.value,
          to.value == 0 ? from.at : std::min(to.at, from.at)};
  };
  add_peak(slice_.open, x.open);
  add_peak(slice_.billable, x.billable);
  if (known & bit(last_place)) {
    sum.open[last_place] += x.last.open;
    sum.unbilled[last_place] += x.last.unbilled;
    sum.unauthorized[last_place] += x.last.unauthorized;
  }
  sum.users[last_place] += x.users;
  sum.highest[last_place] += x.highest;
  sum.connection_ms[last_place] += x.connection_ms;
  sum.unbilled_ms[last_place] += x.unbilled_ms;
  sum.did += x.did;
}

coarse_minute coarsen(const minute_record& r, minute at, tick_mask known) {
  coarse_minute out;
  out.did = r.did;
  for (int i = r.first; i < minute::ticks; ++i)
    if (known & bit(i)) {
      out.last = r.at(i);
      out.open.see(r.open[i], at.at(i));
      out.billable.see(r.open[i] - r.unbilled[i], at.at(i));
      out.highest = std::max(out.highest, r.highest[i]);
      out.users = std::max(out.users, r.users[i]);
      out.connection_ms += r.connection_ms[i];
      out.unbilled_ms += r.unbilled_ms[i];
    }
  return out;
}

coarse_minute coarsen(const minute_slice& slice) {
  if (!slice.coarse)
    return coarsen(slice.sum, slice.at, slice.known);
  auto& sum = slice.sum;
  return {.last = sum.at(last_place),
          .open = slice.open,
          .billable = slice.billable,
          .highest = sum.highest[last_place],
          .users = sum.users[last_place],
          .connection_ms = sum.connection_ms[last_place],
          .unbilled_ms = sum.unbilled_ms[last_place],
          .did = sum.did};
}

} // namespace tidewire::meter
