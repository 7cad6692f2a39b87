#include "actors/ledger/replicas.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::ledger {

namespace {

// The last tick that the chain speaks of, known or not; before the first if it
// is empty.
meter::tick chain_through(sqlite::database& db, const author_row& of) {
  auto last = of.first - 1;
  auto rows = db.prepare("SELECT max(minute) FROM entries WHERE author = ? AND "
                         "kind = 0");
  if (rows.bind(1, of.number).step() && !rows.is_null(0))
    last = std::max(last, meter::minute{rows.number(0)}.last());
  auto days = db.prepare("SELECT max(day) FROM days WHERE author = ?");
  if (days.bind(1, of.number).step() && !days.is_null(0))
    last = std::max(last, meter::day{days.number(0)}.last());
  return last;
}

} // namespace

// Whether the journal goes on where the chain ends, without a row missing.
bool replicas::row_follows_row(const author_row& of, meter::tick& last) {
  last = chain_through(db_, of);
  auto rows =
      db_.prepare("SELECT tick, before FROM journal WHERE author = ? AND "
                  "tick > ? ORDER BY tick");
  rows.bind(1, of.number).bind(2, last.number);
  auto first = true;
  while (rows.step()) {
    meter::tick at{rows.number(0)};
    auto before = rows.is_null(1) ? at - 1 : meter::tick{rows.number(1)};
    // After the chain nothing is missing if the row before is in the minute it
    // ends with, or earlier, in which nothing was stated any more.
    if ((first ? last < before : before != last) && !rows.is_null(1))
      return false;
    first = false;
    last = at;
  }
  return true;
}

replicas::replica* replicas::find(const meter::author& whose) {
  auto found = lives_.find(whose);
  if (found == lives_.end()) {
    auto row = find_author(db_, whose);
    if (!row)
      return nullptr;
    replica x{*row, nullptr, {}};
    if (row_follows_row(*row, x.last))
      x.fold = std::make_unique<folding>(db_, *row, portion_);
    found = lives_.emplace(whose, std::move(x)).first;
  }
  return &found->second;
}

bool replicas::adrift(const meter::author& whose) {
  auto* x = find(whose);
  return x && !x->fold;
}

void replicas::put(const kept_rows& what) {
  auto row = make_author(db_, what.whose, what.first);
  auto* x = find(what.whose);
  auto through = chain_through(db_, row);
  auto late = false;
  for (auto& r : what.rows) {
    if (r.at <= through)
      continue;
    put_block(db_, row, r.at, r.block, r.before);
    late |= r.at <= x->last;
    if (x->last < r.before)
      x->fold.reset();
    x->last = std::max(x->last, r.at);
  }
  if (late)
    look_again(what.whose); // it may have been what was missing
}

void replicas::follow(const meter::author& whose) {
  if (auto* x = find(whose); x && x->fold && !has_ended(db_, x->row))
    x->fold->follow(x->last);
}

bool replicas::end(const meter::author& whose, entry_kind how) {
  auto* x = find(whose);
  if (!x || !x->fold)
    return false;
  if (has_ended(db_, x->row))
    return true;
  auto from = end_of_chain(db_, x->row).next_sequence;
  x->fold->finish();
  sqlite::transaction change{db_};
  append(db_, x->row, {0, how, meter::minute_of(last_tick(db_, x->row)), 0, {}},
         {});
  // What its author did not live to write.
  if (how != entry_kind::goodbye)
    db_.prepare(
           "UPDATE entries SET tail = 1 WHERE author = ? AND sequence >= ? "
           "AND (kind >= 2 OR known < ?)")
        .bind(1, x->row.number)
        .bind(2, from)
        .bind(3,
              static_cast<std::int64_t>(meter::bit(meter::minute::ticks - 1)))
        .run();
  change.commit();
  return true;
}

std::vector<unfinished_life> unfinished_lives(sqlite::database& db,
                                              const meter::author& me,
                                              meter::tick since) {
  std::vector<unfinished_life> out;
  auto all = all_authors(db);
  auto end =
      db.prepare("SELECT kind FROM entries WHERE author = ? AND kind >= 2 "
                 "AND kind <= 4 ORDER BY sequence DESC LIMIT 1");
  for (auto& x : all) {
    auto succeeded = std::any_of(all.begin(), all.end(), [&](auto& y) {
      return y.who.node == x.who.node && x.first < y.first && y.who != me;
    });
    auto ended = has_ended(db, x);
    auto last = last_tick(db, x);
    if (x.who == me || (ended ? last < since : succeeded))
      continue;
    unfinished_life life{x.who, x.first, last, entry_kind::minute, {}};
    end.reset();
    if (ended)
      life.how = end.bind(1, x.number).step()
                     ? static_cast<entry_kind>(end.number(0))
                     : entry_kind::goodbye;
    auto rows =
        db.prepare("SELECT tick, before, block FROM journal WHERE author "
                   "= ? ORDER BY tick");
    rows.bind(1, x.number);
    while (rows.step()) {
      meter::tick at{rows.number(0)};
      auto before = rows.is_null(1) ? at - 1 : meter::tick{rows.number(1)};
      life.journal.push_back({at, before, std::string{rows.bytes(2)}});
    }
    out.push_back(std::move(life));
  }
  return out;
}

} // namespace tidewire::ledger
