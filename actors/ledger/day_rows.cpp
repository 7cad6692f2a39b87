#include "actors/ledger/day_rows.hpp"

namespace tidewire::ledger {

std::vector<day_row> read_days(sqlite::database& db, const author_row& of) {
  std::vector<day_row> out;
  auto rows = db.prepare(
      "SELECT day, last_tick, ended, last_sequence, known_seconds, "
      "known_samples, link, entry_seal, seal FROM days WHERE author = ? "
      "ORDER BY day");
  rows.bind(1, of.number);
  while (rows.step())
    out.push_back({{rows.number(0)},
                   {rows.number(1)},
                   rows.number(2) != 0,
                   rows.number(3),
                   rows.number(4),
                   rows.number(5),
                   digest_of(rows.bytes(6)),
                   digest_of(rows.bytes(7)),
                   digest_of(rows.bytes(8))});
  return out;
}

digest last_day_seal(sqlite::database& db, const author_row& of) {
  auto row = db.prepare(
      "SELECT seal FROM days WHERE author = ? ORDER BY day DESC LIMIT 1");
  return row.bind(1, of.number).step() ? digest_of(row.bytes(0))
                                       : genesis(of.who, of.first);
}

day_hasher::day_hasher(const digest& before, const meter::author& who,
                       const day_row& x)
    : hash_("tidewire ledger 1: day") {
  hash_.add(before)
      .add(who.node)
      .add(who.incarnation)
      .add(x.at.number)
      .add(x.last_tick.number)
      .add(std::int64_t{x.ended ? 1 : 0})
      .add(x.last_sequence)
      .add(x.known_seconds)
      .add(x.known_samples)
      .add(x.link)
      .add(x.entry_seal);
}

void day_hasher::add(std::string_view app, std::string_view record) {
  hash_.add(app).add(record);
}

void append(sqlite::database& db, const author_row& of, day_row what,
            const std::vector<std::pair<std::int64_t, std::string>>& records) {
  day_hasher seal{last_day_seal(db, of), of.who, what};
  auto put = db.prepare("INSERT INTO day_records (author, day, app, record) "
                        "VALUES (?, ?, ?, ?)");
  auto id = db.prepare("SELECT id FROM apps WHERE number = ?");
  for (auto& [app, bytes] : records) {
    id.reset();
    id.bind(1, app).step();
    seal.add(id.text(0), bytes);
    put.bind(1, of.number)
        .bind(2, what.at.number)
        .bind(3, app)
        .bind_bytes(4, bytes)
        .run();
  }
  db.prepare("INSERT INTO days (author, day, last_tick, ended, last_sequence, "
             "known_seconds, known_samples, link, entry_seal, seal) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(1, of.number)
      .bind(2, what.at.number)
      .bind(3, what.last_tick.number)
      .bind(4, std::int64_t{what.ended ? 1 : 0})
      .bind(5, what.last_sequence)
      .bind(6, what.known_seconds)
      .bind(7, what.known_samples)
      .bind_bytes(8, bytes_of(what.link))
      .bind_bytes(9, bytes_of(what.entry_seal))
      .bind_bytes(10, bytes_of(seal.finish()))
      .run();
}

} // namespace tidewire::ledger
