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

/// How much of a record is wanted: its ticks, or what it says of the whole
/// minute, if it says it (meter::decode_summary).
enum class detail : std::uint8_t { ticks, minutes };

/// A record of such an entry, into what is there. Throws sqlite::error with a
/// sentence if it cannot be understood.
void decode(std::string_view bytes, const page::source& from,
            const author_row& of, meter::minute at, meter::minute_entry& into,
            detail wanted = detail::ticks);

/// What an author says of apps, minute by minute, in any order.
class record_reader {
public:
  record_reader(sqlite::database& db, author_row of);

  /// Nothing if there is no record. `app`: its number in the file. Throws like
  /// `decode`.
  void read(const page& of, std::int64_t app, meter::minute_entry& into);

private:
  author_row of_;
  sqlite::statement ask_;
};

/// What an author says of one app, in the order of its pages: half the cost for
/// each of them.
class record_run {
public:
  /// Of the entries from the first page's to the last's; `pages` is not empty.
  record_run(sqlite::database& db, const author_row& of, std::int64_t app,
             const std::vector<page>& pages);

  /// As record_reader has it; `of` is after the page of the last call.
  void read(const page& of, meter::minute_entry& into,
            detail wanted = detail::ticks);

private:
  record_reader others_; // corrections
  author_row of_;
  std::int64_t app_;
  sqlite::statement rows_;
  bool more_;
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
