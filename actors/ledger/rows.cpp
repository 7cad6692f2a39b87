#include "actors/ledger/rows.hpp"

#include "actors/state/meter/journal.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tidewire::ledger {

namespace {

std::int64_t stored_number(std::uint64_t x) noexcept {
  return static_cast<std::int64_t>(x);
}

} // namespace

// -- apps ---------------------------------------------------------------------

app_numbers::app_numbers(sqlite::database& db)
    : ask_(db.prepare("SELECT number FROM apps WHERE id = ?")),
      make_(db.prepare("INSERT INTO apps (id) VALUES (?) RETURNING number")) {}

std::int64_t app_numbers::of(const std::string& id) {
  auto [at, is_new] = known_.try_emplace(id);
  if (!is_new)
    return at->second;
  ask_.reset();
  if (ask_.bind(1, id).step())
    return at->second = ask_.number(0);
  make_.bind(1, id).step();
  at->second = make_.number(0);
  make_.run(); // to its end
  return at->second;
}

// -- authors ------------------------------------------------------------------

std::optional<author_row> find_author(sqlite::database& db,
                                      const meter::author& who) {
  auto row = db.prepare(
      "SELECT number, first FROM authors WHERE node = ? AND incarnation = ?");
  if (!row.bind(1, who.node).bind(2, stored_number(who.incarnation)).step())
    return std::nullopt;
  return author_row{row.number(0), who, {row.number(1)}};
}

std::vector<author_row> all_authors(sqlite::database& db) {
  std::vector<author_row> out;
  auto row = db.prepare(
      "SELECT number, node, incarnation, first FROM authors ORDER BY number");
  while (row.step())
    out.push_back(
        {row.number(0),
         {std::string{row.text(1)}, static_cast<std::uint64_t>(row.number(2))},
         {row.number(3)}});
  return out;
}

author_row make_author(sqlite::database& db, const meter::author& who,
                       meter::tick first) {
  if (auto found = find_author(db, who))
    return *found;
  db.prepare("INSERT INTO authors (node, incarnation, first) VALUES (?, ?, ?)")
      .bind(1, who.node)
      .bind(2, stored_number(who.incarnation))
      .bind(3, first.number)
      .run();
  return *find_author(db, who);
}

// -- chains -------------------------------------------------------------------

chain_end end_of_chain(sqlite::database& db, const author_row& of) {
  auto last = db.prepare("SELECT sequence, link FROM entries WHERE author = ? "
                         "ORDER BY sequence DESC LIMIT 1");
  if (last.bind(1, of.number).step())
    return {last.number(0) + 1, digest_of(last.bytes(1))};
  auto day = db.prepare("SELECT last_sequence, link FROM days WHERE author = ? "
                        "ORDER BY day DESC LIMIT 1");
  if (day.bind(1, of.number).step())
    return {day.number(0) + 1, digest_of(day.bytes(1))};
  return {0, genesis(of.who, of.first)};
}

void append(sqlite::database& db, const author_row& to, entry what,
            const record_bytes& records) {
  app_numbers numbers{db};
  append(db, to, std::move(what), records, numbers);
}

void append(sqlite::database& db, const author_row& to, entry what,
            const record_bytes& records, app_numbers& numbers) {
  auto end = end_of_chain(db, to);
  what.sequence = end.next_sequence;
  link_hasher link{end.link, to.who, what};
  for (auto& [app, bytes] : records)
    link.add(app.text, bytes);
  append(db, to, what, records, link.finish(), numbers);
}

void append(sqlite::database& db, const author_row& to, const entry& what,
            const record_bytes& records, const digest& link,
            app_numbers& numbers) {
  auto put = db.prepare("INSERT INTO records (author, sequence, app, record) "
                        "VALUES (?, ?, ?, ?)");
  put.bind(1, to.number).bind(2, what.sequence);
  for (auto& [app, bytes] : records)
    put.bind(3, numbers.of(app.text)).bind_bytes(4, bytes).run();
  db.prepare("INSERT INTO entries (author, sequence, kind, minute, known, note,"
             " link) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(1, to.number)
      .bind(2, what.sequence)
      .bind(3, static_cast<std::int64_t>(what.kind))
      .bind(4, what.at.number)
      .bind(5, stored_number(what.known))
      .bind(6, what.note)
      .bind_bytes(7, bytes_of(link))
      .run();
}

meter::tick last_tick(sqlite::database& db, const author_row& of) {
  auto last = of.first - 1;
  auto journal = db.prepare("SELECT max(tick) FROM journal WHERE author = ?");
  if (journal.bind(1, of.number).step() && !journal.is_null(0))
    last = std::max(last, meter::tick{journal.number(0)});
  auto entries =
      db.prepare("SELECT minute, known FROM entries WHERE author = ? "
                 "AND known <> 0 ORDER BY minute DESC, sequence DESC LIMIT 1");
  if (entries.bind(1, of.number).step()) {
    auto known = static_cast<meter::tick_mask>(entries.number(1));
    last = std::max(
        last, meter::minute{entries.number(0)}.at(std::bit_width(known) - 1));
  }
  auto days = db.prepare("SELECT max(last_tick) FROM days WHERE author = ?");
  if (days.bind(1, of.number).step() && !days.is_null(0))
    last = std::max(last, meter::tick{days.number(0)});
  return last;
}

bool has_ended(sqlite::database& db, const author_row& of) {
  static_assert(static_cast<int>(entry_kind::goodbye) == 2
                && static_cast<int>(entry_kind::forgotten) == 4);
  auto said =
      db.prepare("SELECT 1 FROM entries WHERE author = ?1 AND kind >= 2 "
                 "AND kind <= 4 UNION ALL "
                 "SELECT 1 FROM days WHERE author = ?1 AND ended <> 0 "
                 "LIMIT 1");
  return said.bind(1, of.number).step();
}

// -- the journal --------------------------------------------------------------

// It may be there already, if nobody knows whether an earlier commit worked.
void put_block(sqlite::database& db, const author_row& of, meter::tick at,
               std::string_view block, std::optional<meter::tick> before) {
  auto put = db.prepare("INSERT OR REPLACE INTO journal (author, tick, block, "
                        "before) VALUES (?, ?, ?, ?)");
  put.bind(1, of.number).bind(2, at.number).bind_bytes(3, block);
  if (before)
    put.bind(4, before->number);
  put.run();
}

std::optional<meter::minute> first_in_journal(sqlite::database& db,
                                              const author_row& of) {
  auto row = db.prepare("SELECT min(tick) FROM journal WHERE author = ?");
  if (!row.bind(1, of.number).step() || row.is_null(0))
    return std::nullopt;
  return meter::minute_of({row.number(0)});
}

bool is_folded(sqlite::database& db, const author_row& of, meter::minute at) {
  static_assert(static_cast<int>(entry_kind::minute) == 0);
  auto row = db.prepare("SELECT 1 FROM entries WHERE author = ? AND minute = ? "
                        "AND kind = 0 LIMIT 1");
  return row.bind(1, of.number).bind(2, at.number).step();
}

bool knows_end_of(sqlite::database& db, const author_row& of,
                  meter::minute at) {
  auto row = db.prepare("SELECT known FROM entries WHERE author = ? AND minute "
                        "= ? AND kind < 2 ORDER BY sequence DESC LIMIT 1");
  return row.bind(1, of.number).bind(2, at.number).step()
         && (static_cast<meter::tick_mask>(row.number(0))
             & meter::bit(meter::minute::ticks - 1))
                != 0;
}

void each_block(
    sqlite::database& db, const author_row& of, meter::tick first,
    meter::tick last,
    const std::function<void(meter::tick, meter::tick_block*)>& add) {
  auto rows = db.prepare("SELECT tick, block FROM journal WHERE author = ? AND "
                         "tick BETWEEN ? AND ? ORDER BY tick");
  rows.bind(1, of.number).bind(2, first.number).bind(3, last.number);
  while (rows.step()) {
    meter::tick at{rows.number(0)};
    auto block = meter::decode_block(rows.bytes(1));
    auto* said = std::get_if<meter::tick_block>(&block);
    add(at, said && said->at == at ? said : nullptr);
  }
}

meter::minute_page read_journal(sqlite::database& db, const author_row& of,
                                meter::minute at, bool continues) {
  meter::minute_fold fold{at, continues};
  each_block(db, of, at.first(), at.last(),
             [&](meter::tick, meter::tick_block* said) {
               if (said)
                 fold.add(*said);
             });
  return fold.take();
}

void sweep_journal(sqlite::database& db, const author_row& of,
                   meter::tick last) {
  db.prepare("DELETE FROM journal WHERE author = ? AND tick <= ?")
      .bind(1, of.number)
      .bind(2, last.number)
      .run();
}

} // namespace tidewire::ledger
