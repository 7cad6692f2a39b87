#include "actors/ledger/voices.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::ledger {

meter::author_life life_of(sqlite::database& db, const author_row& of) {
  return {of.who, of.first, last_tick(db, of), has_ended(db, of)};
}

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
    auto from = first_in_journal(db, x).value_or(last + 1);
    auto to = std::min(last, meter::minute_of(v.life.last));
    for (auto m = std::max(from, first); m <= to; m = m + 1)
      if (auto found = read_journal(db, x, m); found.page.known)
        v.unfolded.push_back(std::move(found.page));
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
