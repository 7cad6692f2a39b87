#include "actors/ledger/pages.hpp"

#include "actors/state/meter/window.hpp"

#include <utility>

namespace tidewire::ledger {

namespace {

std::string where(const author_row& of, meter::minute at) {
  return "the record of node " + of.who.node + " at "
         + meter::render_time(at.number * 60, "UTC")
         + " cannot be read; `usage verify` says more";
}

template <class T>
meter::minute_entry entry_of(meter::decoded<T> found, const author_row& of,
                             meter::minute at) {
  if (auto* record = std::get_if<T>(&found))
    return std::move(*record);
  throw sqlite::error(where(of, at));
}

} // namespace

std::vector<page> read_pages(sqlite::database& db, const author_row& of,
                             meter::minute first, meter::minute last) {
  std::vector<page> out;
  auto rows =
      db.prepare("SELECT minute, sequence, kind, known, seal IS NOT NULL "
                 "FROM entries WHERE author = ? AND minute BETWEEN ? AND ? "
                 "ORDER BY minute, sequence");
  rows.bind(1, of.number).bind(2, first.number).bind(3, last.number);
  while (rows.step()) {
    meter::minute at{rows.number(0)};
    auto kind = static_cast<entry_kind>(rows.number(2));
    if (kind == entry_kind::minute)
      out.push_back({at, 0, {}});
    else if (kind == entry_kind::goodbye || out.empty() || out.back().at != at)
      continue; // a correction of what is pruned to its day
    out.back().known = static_cast<meter::tick_mask>(rows.number(3));
    out.back().from.push_back({rows.number(1), rows.number(4) != 0});
  }
  return out;
}

record_reader::record_reader(sqlite::database& db, author_row of)
    : of_(std::move(of)),
      ask_(db.prepare("SELECT record FROM records WHERE author = ? AND "
                      "sequence = ? AND app = ?")) {
  ask_.bind(1, of_.number);
}

meter::minute_entry record_reader::read(const page& of, std::int64_t app) {
  for (auto it = of.from.rbegin(); it != of.from.rend(); ++it) {
    ask_.reset();
    if (!ask_.bind(2, it->sequence).bind(3, app).step())
      continue;
    if (it->coarse)
      return entry_of(meter::decode_coarse(ask_.bytes(0)), of_, of.at);
    return entry_of(meter::decode_minute(ask_.bytes(0)), of_, of.at);
  }
  return std::monostate{};
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
