#include "actors/ledger/prune_days.hpp"

#include "actors/ledger/day_rows.hpp"
#include "actors/ledger/pages.hpp"
#include "actors/state/meter/day_statement.hpp"

#include <bit>

namespace tidewire::ledger {

namespace {

using meter::minute;

minute last_minute_of(meter::day of) {
  return of.first_minute() + 1439;
}

std::optional<day_row> day_to_prune(sqlite::database& db, const author_row& of,
                                    meter::day kept) {
  auto first = db.prepare("SELECT minute FROM entries WHERE author = ? AND "
                          "kind <> 1 ORDER BY sequence LIMIT 1");
  if (!first.bind(1, of.number).step())
    return std::nullopt;
  day_row out{
      meter::day_of(minute{first.number(0)}), {}, false, 0, 0, 0, {}, {}, {}};
  if (!(out.at < kept))
    return std::nullopt;
  auto last = db.prepare("SELECT max(sequence), max(kind >= 2 AND kind <= 4) "
                         "FROM entries WHERE author = ? AND "
                         "kind <> 1 AND minute BETWEEN ? AND ?");
  last.bind(1, of.number)
      .bind(2, out.at.first_minute().number)
      .bind(3, last_minute_of(out.at).number)
      .step();
  out.last_sequence = last.number(0);
  out.ended = last.number(1) != 0;
  auto open = db.prepare("SELECT 1 FROM entries WHERE author = ? AND sequence "
                         "<= ? AND seal IS NULL LIMIT 1");
  if (open.bind(1, of.number).bind(2, out.last_sequence).step())
    return std::nullopt; // its ticks first
  auto anchor = db.prepare(
      "SELECT link, seal FROM entries WHERE author = ? AND sequence = ?");
  anchor.bind(1, of.number).bind(2, out.last_sequence).step();
  out.link = digest_of(anchor.bytes(0));
  out.entry_seal = digest_of(anchor.bytes(1));
  return out;
}

std::string fold_day(const std::vector<page>& pages, record_reader& records,
                     const author_row& of, meter::tick last, std::int64_t app) {
  meter::timeline line{{{of.who, of.first, last, false}}, 1};
  meter::day_fold fold;
  for (auto& p : pages) {
    meter::author_minute said{0, p.known, {}};
    records.read(p, app, said.entries.emplace_back());
    fold.add(line.next(p.at, {&said, 1}));
  }
  return encode(fold.record());
}

} // namespace

bool prune_minutes(sqlite::database& db, const author_row& of,
                   meter::day kept) {
  auto day = day_to_prune(db, of, kept);
  if (!day)
    return false;
  auto from = day->at.first_minute();
  auto to = last_minute_of(day->at);
  auto pages = read_pages(db, of, from, to);
  day->last_tick = of.first - 1;
  for (auto& p : pages) {
    day->known_seconds += std::popcount(p.known);
    day->known_samples += p.known & meter::bit(minute::last_place) ? 1 : 0;
    if (p.known)
      day->last_tick = p.at.at(std::bit_width(p.known) - 1);
  }
  std::vector<std::pair<std::int64_t, std::string>> records;
  record_reader reader{db, of};
  for (auto& app : apps_of(db, of, from, to))
    records.emplace_back(
        app.number, fold_day(pages, reader, of, day->last_tick, app.number));
  sqlite::transaction change{db};
  append(db, of, *day, records);
  for (auto* sql : {"DELETE FROM records WHERE author = ? AND sequence <= ?",
                    "DELETE FROM entries WHERE author = ? AND sequence <= ?"})
    db.prepare(sql).bind(1, of.number).bind(2, day->last_sequence).run();
  change.commit();
  return true;
}

} // namespace tidewire::ledger
