// Rows of what became of the caps.
#pragma once

#include "actors/ledger/chain.hpp"
#include "actors/sqlite.hpp"
#include "actors/state/meter/cap_state.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tidewire::ledger {

/// Whose cap it is.
struct cap_subject {
  enum class scope : std::uint8_t { app, account };

  scope of = scope::app;
  std::string name; ///< the app's id, or the account's name
  meter::cap_kind kind = meter::cap_kind::connections;

  friend bool operator==(const cap_subject&, const cap_subject&) = default;
};

/// One transition, with whose it is.
struct cap_row {
  cap_subject whose;
  meter::cap_transition what;

  friend bool operator==(const cap_row&, const cap_row&) = default;
};

/// Appends it to the transitions' own hash chain; they are never pruned.
/// Within a transaction.
void append(sqlite::database& db, const cap_row& row);

/// In their order; of one subject, or of all.
std::vector<cap_row> transitions(sqlite::database& db,
                                 const std::optional<cap_subject>& of = {});

/// A sentence about the first that is not as it was written.
std::optional<std::string> verify_transitions(sqlite::database& db);

} // namespace tidewire::ledger
