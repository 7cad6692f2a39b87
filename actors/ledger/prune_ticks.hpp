// From ticks to minutes.
#pragma once

#include "actors/ledger/rows.hpp"

namespace tidewire::ledger {

/// Takes the ticks of an author's oldest day that has some, in one transaction,
/// if it is before `kept`. It is a day because how the apps stand is known from
/// midnight on. False if there is none.
bool prune_ticks(sqlite::database& db, const author_row& of, meter::day kept);

} // namespace tidewire::ledger
