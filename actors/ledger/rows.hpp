// Rows of the ledger, one transaction's worth at a time.
#pragma once

#include "actors/ledger/chain.hpp"
#include "actors/sqlite.hpp"
#include "actors/state/meter/minute_fold.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace tidewire::ledger {

/// An author, and its number in this file.
struct author_row {
  std::int64_t number = 0;
  meter::author who;
  meter::tick first; ///< its first row's
};

/// Where a chain ends, so far.
struct chain_end {
  std::int64_t next_sequence = 0;
  digest link{};
};

/// Records of one entry, encoded.
using record_bytes = std::map<meter::app_id, std::string>;

/// The numbers of apps in this file, made where they are new. Knows those it
/// was asked for: to be thrown away after an error, which may take them back.
class app_numbers {
public:
  explicit app_numbers(sqlite::database& db);

  std::int64_t of(const std::string& id);

private:
  sqlite::statement ask_, make_;
  std::unordered_map<std::string, std::int64_t> known_;
};

std::optional<author_row> find_author(sqlite::database& db,
                                      const meter::author& who);

/// By number.
std::vector<author_row> all_authors(sqlite::database& db);

/// Adds it, if it is not there: with `first` its life begins.
author_row make_author(sqlite::database& db, const meter::author& who,
                       meter::tick first);

chain_end end_of_chain(sqlite::database& db, const author_row& of);

/// Appends an entry and its records to the author's chain. Within a
/// transaction; the entry's sequence is set here.
void append(sqlite::database& db, const author_row& to, entry what,
            const record_bytes& records);
void append(sqlite::database& db, const author_row& to, entry what,
            const record_bytes& records, app_numbers& numbers);

/// The same with the entry as it is: its sequence, and its link over all of
/// `records`, were made from the chain's end.
void append(sqlite::database& db, const author_row& to, const entry& what,
            const record_bytes& records, const digest& link,
            app_numbers& numbers);

/// The last tick of which something is said; before the first if none.
meter::tick last_tick(sqlite::database& db, const author_row& of);

/// Whether it said goodbye, or is dead or forgotten.
bool has_ended(sqlite::database& db, const author_row& of);

// -- the journal: the ticks of minutes that are not folded yet ----------------

/// `before`: the tick of the author's row before, if it came from elsewhere.
void put_block(sqlite::database& db, const author_row& of, meter::tick at,
               std::string_view block, std::optional<meter::tick> before = {});

/// The minute of its first tick; nothing if it is empty.
std::optional<meter::minute> first_in_journal(sqlite::database& db,
                                              const author_row& of);

/// Whether the chain has the minute, so that what the journal has of it is only
/// still to be removed.
bool is_folded(sqlite::database& db, const author_row& of, meter::minute at);

/// Whether the chain knows the minute's last tick.
bool knows_end_of(sqlite::database& db, const author_row& of, meter::minute at);

/// Calls `add` with each tick of the journal from `first` to `last`, in their
/// order; with nothing if it cannot be read.
void each_block(
    sqlite::database& db, const author_row& of, meter::tick first,
    meter::tick last,
    const std::function<void(meter::tick, meter::tick_block*)>& add);

/// What the journal says of a minute. `continues`: the last tick of the minute
/// before is known.
meter::minute_page read_journal(sqlite::database& db, const author_row& of,
                                meter::minute at, bool continues);

/// Removes the ticks up to that one.
void sweep_journal(sqlite::database& db, const author_row& of,
                   meter::tick last);

} // namespace tidewire::ledger
