#include "actors/ledger/months.hpp"

#include "actors/ledger/schema.hpp"
#include "actors/ledger/voices.hpp"

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

} // namespace

month_counter::month_counter(const std::string& file, meter::author me)
    : me_(std::move(me)), days_(file), db_(open_to_read(file)) {}

month_counter::~month_counter() = default;

// An earlier life's last minute may lie in the window in part only: the rest of
// it is this life's, and not counted.
std::uint64_t month_counter::count(const meter::app_id& app, meter::window over,
                                   bool earlier_lives) {
  if (over.to <= over.from)
    return 0;
  auto counts = [&](const meter::author& who) {
    return !earlier_lives || who != me_;
  };
  auto last = meter::minute_of(over.last());
  if (!earlier_lives && last.last() > over.last())
    last = last + -1;
  std::uint64_t total = 0;
  for (auto& day :
       days_.days(app, meter::day_of(over.first()), meter::day_of(over.last())))
    if (counts(day.who))
      total += day.record.did.broadcasts;
  for (auto& each : voices(*db_, meter::minute_of(over.first()), last))
    if (counts(each.who.who))
      total += count_minutes(*db_, each, app);
  return total;
}

} // namespace tidewire::ledger
