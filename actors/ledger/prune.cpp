#include "actors/ledger/prune.hpp"

#include "actors/ledger/prune_days.hpp"
#include "actors/ledger/prune_ticks.hpp"

namespace tidewire::ledger {

namespace {

// The first day that is not older than so many days, all of it.
meter::day oldest_kept(meter::tick now, std::uint32_t days) {
  return meter::day_of(now - std::int64_t{days} * meter::seconds_per_day);
}

} // namespace

bool prune_portion(sqlite::database& db, meter::tick now,
                   const meter::meter_settings& settings) {
  for (auto& author : all_authors(db))
    if (prune_ticks(db, author, oldest_kept(now, settings.tick_days))
        || prune_minutes(db, author, oldest_kept(now, settings.minute_days)))
      return true;
  return false;
}

} // namespace tidewire::ledger
