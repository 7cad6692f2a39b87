#include "actors/ledger/pages.hpp"

#include "actors/state/meter/window.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::ledger {

namespace {

std::string where(const author_row& of, meter::minute at) {
  return "the record of node " + of.who.node + " at "
         + meter::render_time(at.number * 60, "UTC")
         + " cannot be read; `usage verify` says more";
}

struct sequences {
  std::int64_t first = 0, last = -1;
};

// Of the entries about these minutes; others may lie between.
sequences sequences_of(sqlite::database& db, const author_row& of,
                       meter::minute first, meter::minute last) {
  auto row = db.prepare("SELECT min(sequence), max(sequence) FROM entries "
                        "WHERE author = ? AND minute BETWEEN ? AND ?");
  row.bind(1, of.number).bind(2, first.number).bind(3, last.number);
  if (!row.step() || row.is_null(0))
    return {};
  return {row.number(0), row.number(1)};
}

} // namespace

void decode(std::string_view bytes, const page::source& from,
            const author_row& of, meter::minute at, meter::minute_entry& into,
            detail wanted) {
  if (!from.coarse) {
    if (wanted == detail::minutes)
      if (auto found = meter::decode_summary(bytes, at)) {
        into = *found;
        return;
      }
    auto* to = std::get_if<meter::minute_record>(&into);
    if (!to)
      to = &into.emplace<meter::minute_record>();
    if (meter::decode(bytes, *to))
      throw sqlite::error(where(of, at));
    return;
  }
  auto found = meter::decode_coarse(bytes);
  auto* record = std::get_if<meter::coarse_minute>(&found);
  if (!record)
    throw sqlite::error(where(of, at));
  into = *record;
}

// In the order of the chain, which is that of the minutes but for corrections:
// by the index each entry would cost a look-up of its own.
std::vector<page> read_pages(sqlite::database& db, const author_row& of,
                             meter::minute first, meter::minute last) {
  std::vector<page> out;
  auto within = sequences_of(db, of, first, last);
  auto rows = db.prepare("SELECT minute, sequence, kind, known, seal IS NOT "
                         "NULL FROM entries WHERE author = ? AND sequence "
                         "BETWEEN ? AND ? ORDER BY sequence");
  rows.bind(1, of.number).bind(2, within.first).bind(3, within.last);
  while (rows.step()) {
    meter::minute at{rows.number(0)};
    auto kind = static_cast<entry_kind>(rows.number(2));
    if (at < first || last < at || kind > entry_kind::correction)
      continue;
    if (kind == entry_kind::minute)
      out.push_back({at, 0, {}});
    auto to = std::lower_bound(out.begin(), out.end(), at,
                               [](auto& p, auto m) { return p.at < m; });
    if (to == out.end() || to->at != at)
      continue; // a correction of what is pruned to its day
    to->known = static_cast<meter::tick_mask>(rows.number(3));
    to->from.push_back({rows.number(1), rows.number(4) != 0});
  }
  return out;
}

record_reader::record_reader(sqlite::database& db, author_row of)
    : of_(std::move(of)),
      ask_(db.prepare("SELECT record FROM records WHERE author = ? AND "
                      "sequence = ? AND app = ?")) {
  ask_.bind(1, of_.number);
}

void record_reader::read(const page& of, std::int64_t app,
                         meter::minute_entry& into) {
  for (auto it = of.from.rbegin(); it != of.from.rend(); ++it) {
    ask_.reset();
    if (ask_.bind(2, it->sequence).bind(3, app).step())
      return decode(ask_.bytes(0), *it, of_, of.at, into);
  }
  into = std::monostate{};
}

record_run::record_run(sqlite::database& db, const author_row& of,
                       std::int64_t app, const std::vector<page>& pages)
    : others_(db, of),
      of_(of),
      app_(app),
      rows_(db.prepare(
          "SELECT e.sequence, r.record FROM entries e CROSS JOIN records r "
          "WHERE e.author = ?1 AND e.sequence BETWEEN ?2 AND ?3 AND r.author = "
          "?1 AND r.sequence = e.sequence AND r.app = ?4 ORDER BY "
          "e.sequence")) {
  rows_.bind(1, of.number)
      .bind(2, pages.front().from.front().sequence)
      .bind(3, pages.back().from.front().sequence)
      .bind(4, app);
  more_ = rows_.step();
}

void record_run::read(const page& of, meter::minute_entry& into,
                      detail wanted) {
  if (of.from.size() > 1)
    return others_.read(of, app_, into);
  auto& from = of.from.front();
  while (more_ && rows_.number(0) < from.sequence)
    more_ = rows_.step();
  if (!more_ || rows_.number(0) != from.sequence)
    into = std::monostate{};
  else
    decode(rows_.bytes(1), from, of_, of.at, into, wanted);
}

std::int64_t app_number(sqlite::database& db, const meter::app_id& app) {
  auto row = db.prepare("SELECT number FROM apps WHERE id = ?");
  return row.bind(1, app.text).step() ? row.number(0) : 0;
}

std::vector<numbered_app> apps_of(sqlite::database& db, const author_row& of,
                                  meter::minute first, meter::minute last) {
  std::vector<numbered_app> out;
  auto rows = db.prepare(
      "SELECT number, id FROM apps WHERE number IN (SELECT r.app FROM entries "
      "e JOIN records r ON r.author = e.author AND r.sequence = e.sequence "
      "WHERE e.author = ? AND e.minute BETWEEN ? AND ?) ORDER BY id");
  rows.bind(1, of.number).bind(2, first.number).bind(3, last.number);
  while (rows.step())
    out.push_back({rows.number(0), {std::string{rows.text(1)}}});
  return out;
}

} // namespace tidewire::ledger
