// Whether the ledger is what was written: everything made anew from its rows.
#pragma once

#include "actors/ledger/rows.hpp"
#include "actors/sqlite.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidewire::ledger {

/// Where an author's chain ended when something was exported.
struct head {
  meter::author who;
  std::int64_t sequence = 0;
  digest link{};

  friend bool operator==(const head&, const head&) = default;
};

/// Of every author that has an entry.
std::vector<head> heads(sqlite::database& db);

/// The first thing that is not as it was written.
struct fault {
  std::optional<meter::author> who; ///< nothing: of no author
  std::optional<meter::minute> at;  ///< the first of a day if it is a day's
  std::string sentence;
};

/// Recomputes every link, seal and transition from the rows alone, author by
/// author in time. `exported`: heads that were exported earlier; a ledger that
/// was cut off or rewritten as a whole does not have them any more (those in
/// days without minutes are not looked for, but for the last of each day).
/// Nothing if all is well. `progress` is told the entries done so far, now and
/// then. The ticks of minutes that are not over have no hash yet. Never throws
/// for what is in the file: that it cannot be read is a fault as well.
std::optional<fault>
verify(sqlite::database& db, std::span<const head> exported = {},
       const std::function<void(std::uint64_t entries)>& progress = {});

} // namespace tidewire::ledger
