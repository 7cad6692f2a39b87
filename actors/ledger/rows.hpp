// Rows of the ledger, one transaction's worth at a time.
#pragma once

#include "actors/ledger/chain.hpp"
#include "actors/sqlite.hpp"
#include "actors/state/meter/minute_fold.hpp"

#include <map>
#include <optional>
#include <string>

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

/// The last tick of which something is said; before the first if none.
meter::tick last_tick(sqlite::database& db, const author_row& of);

/// Whether a goodbye is its last entry.
bool has_ended(sqlite::database& db, const author_row& of);

// -- the journal: the ticks of minutes that are not folded yet ----------------

void put_block(sqlite::database& db, const author_row& of, meter::tick at,
               std::string_view block);

/// The minute of its first tick; nothing if it is empty.
std::optional<meter::minute> first_in_journal(sqlite::database& db,
                                              const author_row& of);

/// What the journal says of a minute. `follows` is false if its last tick was
/// left out since it does not say how the apps stand, or cannot be read: then
/// those after it say nothing either until one is restated.
struct journal_page {
  meter::minute_page page;
  bool follows = true;
};
journal_page read_journal(sqlite::database& db, const author_row& of,
                          meter::minute at);

/// Moves a minute from the journal into the chain, in one transaction. Whether
/// its last tick could be taken.
bool fold_minute(sqlite::database& db, const author_row& of, meter::minute at);

} // namespace tidewire::ledger
