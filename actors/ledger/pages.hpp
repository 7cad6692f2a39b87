// Minutes of an author as they hold now: corrections laid over them.
#pragma once

#include "actors/ledger/rows.hpp"
#include "actors/state/meter/timeline.hpp"

#include <vector>

namespace tidewire::ledger {

/// One minute. Of an app that several entries have a record of, the last holds.
struct page {
  struct source {
    std::int64_t sequence;
    bool coarse; ///< without ticks
  };

  meter::minute at;
  meter::tick_mask known = 0;
  std::vector<source> from; ///< first the minute, then its corrections
};

/// The minutes `first` to `last` that are still there, ascending.
std::vector<page> read_pages(sqlite::database& db, const author_row& of,
                             meter::minute first, meter::minute last);

/// What an author says of apps, minute by minute.
class record_reader {
public:
  record_reader(sqlite::database& db, author_row of);

  /// Nothing if there is no record. `app`: its number in the file. Throws
  /// sqlite::error with a sentence if it cannot be understood.
  meter::minute_entry read(const page& of, std::int64_t app);

private:
  author_row of_;
  sqlite::statement ask_;
};

/// The number of an app in the file; 0 if there is no record of it.
std::int64_t app_number(sqlite::database& db, const meter::app_id& app);

/// An app of the file.
struct numbered_app {
  std::int64_t number;
  meter::app_id id;
};

/// Those with a record in these minutes of an author, by id.
std::vector<numbered_app> apps_of(sqlite::database& db, const author_row& of,
                                  meter::minute first, meter::minute last);

} // namespace tidewire::ledger
