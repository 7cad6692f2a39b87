#include "actors/ledger/voices.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::ledger {

meter::author_life life_of(sqlite::database& db, const author_row& of) {
  return {of.who, of.first, last_tick(db, of), has_ended(db, of)};
}

namespace {

// A minute may be in the chain and still in the journal, and a whole one in the
// journal before one that is not over.
void read_unfolded(sqlite::database& db, voice& v, meter::minute first,
                   meter::minute last) {
  auto from = first_in_journal(db, v.who);
  while (from && is_folded(db, v.who, *from))
    from = *from + 1;
  if (!from)
    return;
  last = std::min(last, meter::minute_of(v.life.last));
  auto continues = knows_end_of(db, v.who, *from + -1);
  for (auto m = *from; m <= last; m = m + 1) {
    auto found = read_journal(db, v.who, m, continues);
    continues = (found.known & meter::bit(meter::minute::ticks - 1)) != 0;
    if (found.known != 0 && first <= m)
      v.unfolded.push_back(std::move(found));
  }
}

} // namespace

std::vector<voice> voices(sqlite::database& db, meter::minute first,
                          meter::minute last) {
  auto all = all_authors(db);
  std::vector<voice> out;
  for (auto& x : all) {
    auto over = std::any_of(all.begin(), all.end(), [&](auto& y) {
      return y.who.node == x.who.node && x.first < y.first
             && y.first <= first.first();
    });
    if (over || x.first > last.last())
      continue;
    voice v{x, life_of(db, x), read_pages(db, x, first, last), {}, 0};
    read_unfolded(db, v, first, last);
    out.push_back(std::move(v));
  }
  return out;
}

std::optional<meter::minute> next_minute(const std::vector<voice>& all) {
  std::optional<meter::minute> at;
  for (auto& v : all)
    if (auto its = v.at(); its && (!at || *its < *at))
      at = its;
  return at;
}

} // namespace tidewire::ledger
