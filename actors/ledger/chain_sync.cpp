#include "actors/ledger/chain_sync.hpp"

#include <algorithm>
#include <bit>

namespace tidewire::ledger {

namespace {

chain_standing standing_of(sqlite::database& db, const author_row& of) {
  auto end = end_of_chain(db, of);
  chain_standing out{of.who,   of.first,          end.next_sequence,
                     end.link, end.next_sequence, of.first - 1};
  auto tail = db.prepare("SELECT min(sequence) FROM entries WHERE author = ? "
                         "AND tail <> 0");
  if (tail.bind(1, of.number).step() && !tail.is_null(0))
    out.tail = tail.number(0);
  auto last =
      db.prepare("SELECT minute, known FROM entries WHERE author = ? AND "
                 "known <> 0 ORDER BY minute DESC, sequence DESC LIMIT 1");
  if (last.bind(1, of.number).step())
    out.last = meter::minute{last.number(0)}.at(
        std::bit_width(static_cast<meter::tick_mask>(last.number(1))) - 1);
  return out;
}

// The link of an entry that is here; of the one before the first, the genesis.
std::optional<digest> link_at(sqlite::database& db, const author_row& of,
                              std::int64_t sequence) {
  if (sequence < 0)
    return genesis(of.who, of.first);
  auto row =
      db.prepare("SELECT link FROM entries WHERE author = ? AND sequence = ? "
                 "UNION ALL SELECT link FROM days WHERE author = ?1 AND "
                 "last_sequence = ?2 LIMIT 1");
  if (!row.bind(1, of.number).bind(2, sequence).step())
    return std::nullopt;
  return digest_of(row.bytes(0));
}

// Whether theirs is to be here instead of mine, where the two part.
bool theirs_stands(const chain_standing& mine, std::int64_t at,
                   const entries_told& told, bool by_author) {
  auto my_tail = mine.tail <= at;
  auto its = std::find_if(told.entries.begin(), told.entries.end(),
                          [](auto& x) { return x.tail; });
  auto their_tail = its != told.entries.end()
                    && told.from + (its - told.entries.begin()) <= at;
  if (my_tail != their_tail)
    return my_tail;
  if (!my_tail)
    return by_author;
  auto last = told.first - 1;
  for (auto& x : told.entries)
    if (x.known != 0)
      last = std::max(last, x.at.at(std::bit_width(x.known) - 1));
  if (last != mine.last)
    return mine.last < last;
  // The same rows, ended in two ways: the lesser one.
  return told.entries.back().link < mine.link;
}

void cut(sqlite::database& db, const author_row& of, std::int64_t from) {
  db.prepare(
        "INSERT OR IGNORE INTO replaced (author, sequence, link, minute) "
        "SELECT author, sequence, link, minute FROM entries WHERE author = "
        "? AND sequence >= ?")
      .bind(1, of.number)
      .bind(2, from)
      .run();
  for (auto* sql : {"DELETE FROM records WHERE author = ? AND sequence >= ?",
                    "DELETE FROM entries WHERE author = ? AND sequence >= ?"})
    db.prepare(sql).bind(1, of.number).bind(2, from).run();
}

bool append_told(sqlite::database& db, const author_row& of,
                 const told_entry& x, app_numbers& numbers) {
  record_bytes records;
  for (auto& [app, bytes] : x.records)
    records.emplace_hint(records.end(), meter::app_id{app}, bytes);
  append(db, of, {0, x.kind, x.at, x.known, x.note}, records, numbers);
  if (x.tail)
    db.prepare("UPDATE entries SET tail = 1 WHERE author = ?1 AND sequence = "
               "(SELECT max(sequence) FROM entries WHERE author = ?1)")
        .bind(1, of.number)
        .run();
  return end_of_chain(db, of).link == x.link;
}

} // namespace

std::vector<chain_standing> standings(sqlite::database& db,
                                      const meter::author* of) {
  std::vector<chain_standing> out;
  for (auto& author : all_authors(db))
    if (!of || author.who == *of)
      out.push_back(standing_of(db, author));
  return out;
}

std::optional<std::int64_t> worth_asking(sqlite::database& db,
                                         const chain_standing& theirs,
                                         bool by_author) {
  auto author = find_author(db, theirs.whose);
  if (!author)
    return theirs.next > 0 ? std::optional<std::int64_t>{0} : std::nullopt;
  auto mine = standing_of(db, *author);
  if (mine.next == theirs.next && mine.link == theirs.link)
    return std::nullopt;
  if (mine.next < theirs.next && mine.tail == mine.next)
    return mine.next;
  // Somewhere the two part; or what is here is more.
  auto my_tail = mine.tail < mine.next, their_tail = theirs.tail < theirs.next;
  auto known = link_at(db, *author, theirs.next - 1);
  if (known && *known == theirs.link)
    return std::nullopt;
  if (my_tail && (!their_tail || mine.last <= theirs.last))
    return std::min(mine.tail, theirs.tail);
  if (!my_tail && !their_tail && by_author)
    return std::max<std::int64_t>(std::min(mine.next, theirs.next) - 1, 0);
  return std::nullopt;
}

std::optional<entries_told> entries_from(sqlite::database& db,
                                         const meter::author& whose,
                                         std::int64_t from, std::size_t bytes) {
  auto author = find_author(db, whose);
  if (!author)
    return std::nullopt;
  auto before = link_at(db, *author, from - 1);
  if (!before)
    return std::nullopt;
  entries_told out{whose, author->first, from, *before, {}};
  auto rows =
      db.prepare("SELECT kind, minute, known, note, tail, link, seal IS "
                 "NOT NULL FROM entries WHERE author = ? AND sequence >= "
                 "? ORDER BY sequence");
  rows.bind(1, author->number).bind(2, from);
  auto records =
      db.prepare("SELECT id, record FROM records JOIN apps ON number "
                 "= app WHERE author = ? AND sequence = ? ORDER BY "
                 "id");
  std::size_t size = 0;
  for (auto sequence = from; rows.step() && rows.number(6) == 0; ++sequence) {
    told_entry x{static_cast<entry_kind>(rows.number(0)),
                 {rows.number(1)},
                 static_cast<meter::tick_mask>(rows.number(2)),
                 std::string{rows.text(3)},
                 rows.number(4) != 0,
                 digest_of(rows.bytes(5)),
                 {}};
    records.reset();
    records.bind(1, author->number).bind(2, sequence);
    for (; records.step(); size += x.records.back().second.size() + 20)
      x.records.emplace_back(records.text(0), records.bytes(1));
    size += 100;
    if (!out.entries.empty()
        && (size > bytes || out.entries.size() >= max_entries_at_once))
      break;
    out.entries.push_back(std::move(x));
  }
  return out.entries.empty() ? std::nullopt : std::optional{std::move(out)};
}

entries_taken take_entries(sqlite::database& db, const entries_told& told,
                           bool by_author) {
  entries_taken out;
  if (told.entries.empty())
    return out;
  sqlite::transaction change{db};
  auto author = make_author(db, told.whose, told.first);
  auto mine = standing_of(db, author);
  auto before = link_at(db, author, told.from - 1);
  if (author.first != told.first || told.from > mine.next) {
    out.ask_from = mine.next;
    return out;
  }
  if (!before || *before != told.before) {
    // They part earlier: further back, in growing steps.
    if (told.from > 0 && (by_author || mine.tail < mine.next))
      out.ask_from = std::max<std::int64_t>(
          0, std::min(told.from, mine.tail) - 1 - (mine.next - told.from) * 2);
    else
      out.dispute = "the chains part before what was told";
    return out;
  }
  // What both have.
  std::size_t same = 0;
  auto at = told.from;
  for (; same < told.entries.size(); ++same, ++at)
    if (auto link = link_at(db, author, at);
        !link || *link != told.entries[same].link)
      break;
  if (same == told.entries.size())
    return out;
  if (at < mine.next) {
    if (!theirs_stands(mine, at, told, by_author)) {
      out.dispute = "the entries differ, and those here stand";
      return out;
    }
    out.replaced = mine.next - at;
    cut(db, author, at);
  }
  out.first = same == 0 && at == 0 ? told.first : told.entries[same].at.first();
  out.last = out.first - 1;
  app_numbers numbers{db};
  for (auto i = same; i < told.entries.size(); ++i) {
    auto& x = told.entries[i];
    if (!append_told(db, author, x, numbers)) {
      out = {};
      out.dispute = "an entry is not what its link says";
      return out; // nothing of it is kept
    }
    if (x.kind == entry_kind::minute)
      out.last = std::max(out.last, x.tail && x.known != 0
                                        ? x.at.at(std::bit_width(x.known) - 1)
                                        : x.at.last());
    if (is_end(x.kind))
      out.end = x.kind;
    // The chain has them now.
    db.prepare("DELETE FROM journal WHERE author = ? AND tick <= ?")
        .bind(1, author.number)
        .bind(2, x.kind == entry_kind::minute ? x.at.last().number
                                              : (author.first - 1).number)
        .run();
  }
  out.end_at = last_tick(db, author);
  // Of its last minute the chain speaks up to its end only.
  if (out.end)
    out.last = std::min(out.last, out.end_at);
  change.commit();
  out.changed = true;
  return out;
}

} // namespace tidewire::ledger
