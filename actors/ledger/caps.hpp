// Rows of what became of the caps.
#pragma once

#include "actors/ledger/chain.hpp"
#include "actors/sqlite.hpp"
#include "actors/state/meter/cap_row.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tidewire::ledger {

using meter::cap_row;
using meter::cap_subject;

/// Appends it to the transitions' own hash chain; they are never pruned.
/// Within a transaction.
void append(sqlite::database& db, const cap_row& row);

/// In their order; of one subject, or of all.
std::vector<cap_row> transitions(sqlite::database& db,
                                 const std::optional<cap_subject>& of = {});

/// A sentence about the first that is not as it was written.
std::optional<std::string> verify_transitions(sqlite::database& db);

} // namespace tidewire::ledger
