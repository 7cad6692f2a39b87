// What is too old loses its ticks, and later its minutes.
#pragma once

#include "actors/sqlite.hpp"
#include "actors/state/meter/tick.hpp"
#include "actors/state/meter/tier.hpp"

namespace tidewire::ledger {

/// One portion, in one transaction: a day of one author without its ticks, or
/// as day records. Whether anything was
/// done; then there may be more.
///
/// An entry without ticks keeps its link, from which its successors go on, and
/// gets a seal, which chains what took the ticks' place. A day keeps the last
/// of both. So all that is left can be verified, always.
bool prune_portion(sqlite::database& db, meter::tick now,
                   const meter::meter_settings& settings);

} // namespace tidewire::ledger
