// What the authors say of a window, minute by minute.
#pragma once

#include "actors/ledger/pages.hpp"
#include "actors/state/meter/minute_fold.hpp"
#include "actors/state/meter/timeline.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace tidewire::ledger {

/// One author's minutes of a window: first those in the chain, then those in
/// the journal.
struct voice {
  author_row who;
  meter::author_life life;
  std::vector<page> pages;
  std::vector<meter::minute_page> unfolded;
  std::size_t next = 0; ///< those before it were handed out

  /// The next one; exactly one of the two is set, unless there is none.
  const page* folded() const {
    return next < pages.size() ? &pages[next] : nullptr;
  }
  const meter::minute_page* open() const {
    auto at = next - std::min(next, pages.size());
    return next >= pages.size() && at < unfolded.size() ? &unfolded[at]
                                                        : nullptr;
  }
  std::optional<meter::minute> at() const {
    if (auto* x = folded())
      return x->at;
    if (auto* x = open())
      return x->at;
    return std::nullopt;
  }
  meter::tick_mask known() const {
    if (auto* x = folded())
      return x->known;
    auto* x = open();
    return x ? x->known : 0;
  }
};

meter::author_life life_of(sqlite::database& db, const author_row& of);

/// Those who say something of these minutes, and the last life of each node
/// before: nobody knows how that one stands, unless it has ended.
std::vector<voice> voices(sqlite::database& db, meter::minute first,
                          meter::minute last);

/// The first minute of which any of them has something to say.
std::optional<meter::minute> next_minute(const std::vector<voice>& all);

} // namespace tidewire::ledger
