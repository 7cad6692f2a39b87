// From minutes to days.
#pragma once

#include "actors/ledger/rows.hpp"

namespace tidewire::ledger {

/// Makes the oldest minutes of an author, those of a day whose ticks are all
/// pruned, into the day's records, in one transaction, if it is before `kept`.
/// False if there is none.
bool prune_minutes(sqlite::database& db, const author_row& of, meter::day kept);

} // namespace tidewire::ledger
