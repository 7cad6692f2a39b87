#include "actors/ledger/prune_ticks.hpp"

#include "actors/ledger/pages.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::ledger {

namespace {

using meter::minute;
using standing_levels = std::map<std::int64_t, meter::levels>; // by app

struct row {
  std::int64_t app;
  std::string id, record;
};

std::vector<row> records_of(sqlite::database& db, const author_row& of,
                            std::int64_t sequence) {
  std::vector<row> out;
  auto rows = db.prepare("SELECT app, id, record FROM records JOIN apps ON "
                         "number = app WHERE author = ? AND sequence = ? "
                         "ORDER BY id");
  rows.bind(1, of.number).bind(2, sequence);
  while (rows.step())
    out.push_back({rows.number(0), std::string{rows.text(1)},
                   std::string{rows.bytes(2)}});
  return out;
}

// The ticks before the app's first of the minute, at which it stood as before.
void fill(meter::minute_record& record, meter::levels standing,
          meter::tick_mask known) {
  for (int i = 0; i < record.first; ++i) {
    if (!(known & meter::bit(i)))
      standing = {};
    record.set(i, meter::tick_figures::idle(standing));
  }
  record.first = 0;
}

class day_of_ticks {
public:
  day_of_ticks(sqlite::database& db, const author_row& of, meter::day at)
      : db_(db),
        of_(of),
        pages_(read_pages(db, of, at.first_minute(), at.first_minute() + 1439)),
        put_(db.prepare("UPDATE records SET record = ? WHERE author = ? AND "
                        "sequence = ? AND app = ?")),
        seal_(db.prepare("UPDATE entries SET seal = ? WHERE author = ? AND "
                         "sequence = ?")) {}

  digest prune(const entry& x, const digest& link, const digest& before) {
    auto known = known_of(x);
    if (x.kind == entry_kind::minute && (!last_ || x.at != *last_ + 1))
      standing_.clear();
    seal_hasher seal{before, of_.who, x, link};
    standing_levels said;
    for (auto& r : records_of(db_, of_, x.sequence)) {
      auto found = meter::decode_minute(r.record);
      auto* record = std::get_if<meter::minute_record>(&found);
      if (!record)
        throw sqlite::error("a record of node " + of_.who.node
                            + " cannot be read; `usage verify` names it");
      fill(*record, standing_[r.app], known);
      auto coarse = coarsen(*record, x.at, known);
      auto bytes = encode(coarse);
      seal.add(r.id, bytes);
      put_.bind_bytes(1, bytes)
          .bind(2, of_.number)
          .bind(3, x.sequence)
          .bind(4, r.app)
          .run();
      said[r.app] = coarse.last;
    }
    if (x.kind == entry_kind::minute)
      stand(x, known, std::move(said));
    auto out = seal.finish();
    seal_.bind_bytes(1, bytes_of(out))
        .bind(2, of_.number)
        .bind(3, x.sequence)
        .run();
    return out;
  }

private:
  const page* page_of(const entry& x) const {
    auto at = std::lower_bound(pages_.begin(), pages_.end(), x.at,
                               [](auto& p, minute m) { return p.at < m; });
    return at != pages_.end() && at->at == x.at ? &*at : nullptr;
  }

  // A correction's mask is that of its minute.
  meter::tick_mask known_of(const entry& x) const {
    auto* found = page_of(x);
    return found ? found->known : x.known;
  }

  // How the apps stand after a minute, its corrections included.
  void stand(const entry& x, meter::tick_mask known, standing_levels said) {
    last_ = x.at;
    if (auto* found = page_of(x))
      for (std::size_t i = 1; i < found->from.size(); ++i)
        for (auto& r : records_of(db_, of_, found->from[i].sequence))
          if (auto record = meter::decode_minute(r.record);
              auto* good = std::get_if<meter::minute_record>(&record))
            said[r.app] = coarsen(*good, x.at, known).last;
    if (known != meter::whole_minute)
      standing_.clear();
    if (known & meter::bit(minute::last_place))
      for (auto& [app, levels] : said)
        standing_[app] = levels;
    else
      standing_.clear();
  }

  sqlite::database& db_;
  const author_row& of_;
  std::vector<page> pages_;
  sqlite::statement put_, seal_;
  standing_levels standing_;
  std::optional<minute> last_;
};

digest seal_before(sqlite::database& db, const author_row& of,
                   std::int64_t sequence) {
  auto entries =
      db.prepare("SELECT seal FROM entries WHERE author = ? AND sequence = ?");
  if (entries.bind(1, of.number).bind(2, sequence - 1).step())
    return digest_of(entries.bytes(0));
  auto days = db.prepare("SELECT entry_seal FROM days WHERE author = ? "
                         "ORDER BY day DESC LIMIT 1");
  return days.bind(1, of.number).step() ? digest_of(days.bytes(0))
                                        : genesis(of.who, of.first);
}

} // namespace

bool prune_ticks(sqlite::database& db, const author_row& of, meter::day kept) {
  struct linked {
    entry what;
    digest link;
  };
  std::vector<linked> portion;
  std::optional<meter::day> today;
  auto rows = db.prepare("SELECT sequence, kind, minute, known, note, link "
                         "FROM entries WHERE author = ? AND seal IS NULL "
                         "ORDER BY sequence");
  rows.bind(1, of.number);
  while (rows.step()) {
    entry x{rows.number(0),
            static_cast<entry_kind>(rows.number(1)),
            {rows.number(2)},
            static_cast<meter::tick_mask>(rows.number(3)),
            std::string{rows.text(4)}};
    auto its = meter::day_of(x.at);
    if (!(its < kept))
      break;
    if (x.kind != entry_kind::correction) {
      if (today && its != *today)
        break;
      today = its;
    }
    portion.push_back({std::move(x), digest_of(rows.bytes(5))});
  }
  rows.reset();
  if (portion.empty())
    return false;
  sqlite::transaction change{db};
  auto seal = seal_before(db, of, portion.front().what.sequence);
  day_of_ticks worker{db, of,
                      today.value_or(meter::day_of(portion.front().what.at))};
  for (auto& x : portion)
    seal = worker.prune(x.what, x.link, seal);
  change.commit();
  return true;
}

} // namespace tidewire::ledger
