// Chains of other nodes' lives, compared and fetched entry by entry.
#pragma once

#include "actors/ledger/chain_records.hpp"
#include "actors/ledger/rows.hpp"

#include <optional>
#include <vector>

namespace tidewire::ledger {

/// What came of entries that were told.
struct entries_taken {
  bool changed = false;
  std::int64_t replaced = 0; ///< entries that gave way
  /// What the chain speaks of now that it did not before; empty if `last` is
  /// before `first`.
  meter::tick first, last;
  std::optional<entry_kind> end; ///< if it ends now
  meter::tick end_at;            ///< its last row
  /// They do not go on from what is here: ask from there.
  std::optional<std::int64_t> ask_from;
  /// They differ from what is here, and what is here stands: a sentence.
  std::string dispute;
};

/// How the chains stand; of everybody, or of one life.
std::vector<chain_standing> standings(sqlite::database& db,
                                      const meter::author* of = nullptr);

/// Whether what is told there is more than is here, and from which entry on to
/// ask for it. `by_author`: who tells it is the life itself, or a later life of
/// its node, whose disk has what the author wrote.
std::optional<std::int64_t> worth_asking(sqlite::database& db,
                                         const chain_standing& theirs,
                                         bool by_author);

/// Entries from there on, with their records: as many as fit, at least one.
/// Nothing if there are none, or they have no ticks any more.
std::optional<entries_told> entries_from(sqlite::database& db,
                                         const meter::author& whose,
                                         std::int64_t from, std::size_t bytes);

/// Appends them, each after its link was made anew and found to be what it is
/// said to be. Where both have an entry and they differ: what its author wrote
/// stands against what survivors wrote for it, of two tails the one that knows
/// more, and of two that an author is said to have written the one that comes
/// from it. What gives way is written down in `replaced`. The journal loses the
/// minutes that the chain has then. In one transaction.
entries_taken take_entries(sqlite::database& db, const entries_told& told,
                           bool by_author);

} // namespace tidewire::ledger
