#include "actors/ledger/months.hpp"

#include "actors/ledger/schema.hpp"
#include "actors/ledger/voices.hpp"

#include <map>
#include <variant>

namespace tidewire::ledger {

namespace {

std::uint64_t broadcasts_of(const meter::minute_entry& entry) {
  if (auto* x = std::get_if<meter::minute_record>(&entry))
    return x->did.broadcasts;
  auto* coarse = std::get_if<meter::coarse_minute>(&entry);
  return coarse ? coarse->did.broadcasts : 0;
}

std::uint64_t count_minutes(sqlite::database& db, const voice& of,
                            const meter::app_id& app) {
  std::uint64_t total = 0;
  if (!of.pages.empty()) {
    record_run records{db, of.who, app_number(db, app), of.pages};
    meter::minute_entry entry;
    for (auto& page : of.pages) {
      records.read(page, entry);
      total += broadcasts_of(entry);
    }
  }
  for (auto& page : of.unfolded)
    if (auto found = page.apps.find(app); found != page.apps.end())
      total += found->second.did.broadcasts;
  return total;
}

// All apps of an author's minutes; of a minute that was corrected, what the
// last entry says of each.
void add_pages(sqlite::database& db, const voice& of,
               std::map<std::int64_t, std::uint64_t>& to) {
  auto rows = db.prepare("SELECT app, record FROM records WHERE author = ? AND "
                         "sequence = ? ORDER BY app");
  meter::minute_entry entry;
  std::map<std::int64_t, std::uint64_t> minute;
  for (auto& page : of.pages) {
    minute.clear();
    for (auto& from : page.from) {
      rows.reset();
      rows.bind(1, of.who.number).bind(2, from.sequence);
      while (rows.step()) {
        decode(rows.bytes(1), from, of.who, page.at, entry, detail::minutes);
        minute[rows.number(0)] = broadcasts_of(entry);
      }
    }
    for (auto& [app, count] : minute)
      to[app] += count;
  }
}

} // namespace

month_counter::month_counter(const std::string& file, meter::author me)
    : me_(std::move(me)), days_(file), db_(open_to_read(file)) {}

month_counter::~month_counter() = default;

// An earlier life's last minute may lie in the window in part only: the rest of
// it is this life's, and not counted.
meter::minute month_counter::question::last() const {
  auto last = meter::minute_of(over.last());
  return !earlier_lives && last.last() > over.last() ? last + -1 : last;
}

std::uint64_t month_counter::count(const meter::app_id& app, meter::window over,
                                   bool earlier_lives) {
  if (over.to <= over.from)
    return 0;
  question what{over, earlier_lives};
  if (last_ != what) {
    last_ = what;
    times_ = 0;
    all_.reset();
  }
  // What is not over yet may be asked again, and be more.
  if (!earlier_lives || ++times_ <= few)
    return count_one(app, what);
  if (!all_)
    all_ = count_all(what);
  auto found = all_->find(app);
  return (found == all_->end() ? 0 : found->second) + count_days(app, what);
}

std::uint64_t month_counter::count_days(const meter::app_id& app,
                                        const question& what) {
  std::uint64_t total = 0;
  for (auto& day : days_.days(app, meter::day_of(what.over.first()),
                              meter::day_of(what.over.last())))
    if (what.counts(day.who, me_))
      total += day.record.did.broadcasts;
  return total;
}

std::uint64_t month_counter::count_one(const meter::app_id& app,
                                       const question& what) {
  auto total = count_days(app, what);
  for (auto& each :
       voices(*db_, meter::minute_of(what.over.first()), what.last()))
    if (what.counts(each.who.who, me_))
      total += count_minutes(*db_, each, app);
  return total;
}

month_counter::totals month_counter::count_all(const question& what) {
  std::map<std::int64_t, std::uint64_t> by_number;
  totals out;
  for (auto& each :
       voices(*db_, meter::minute_of(what.over.first()), what.last())) {
    if (!what.counts(each.who.who, me_))
      continue;
    add_pages(*db_, each, by_number);
    for (auto& page : each.unfolded)
      for (auto& [app, record] : page.apps)
        out[app] += record.did.broadcasts;
  }
  auto apps = db_->prepare("SELECT number, id FROM apps");
  while (apps.step())
    if (auto its = by_number.find(apps.number(0)); its != by_number.end())
      out[{std::string{apps.text(1)}}] += its->second;
  return out;
}

} // namespace tidewire::ledger
