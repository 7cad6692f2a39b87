// Copies of the ledger, and back.
#pragma once

#include <optional>
#include <string>

namespace tidewire::ledger {

/// Writes a copy of the ledger, as it is at one moment, to `to`, also while the
/// server writes on; what was there before is replaced only by a copy that is
/// whole and verifies. Nothing if all is well, else a sentence.
std::optional<std::string> back_up(const std::string& ledger,
                                   const std::string& to);

/// Puts a backup in the place of a ledger that nobody has open (hold the
/// data_dir). The backup is verified first. What was there is kept beside it,
/// with `.replaced` after its name. Nothing if all is well, else a sentence.
std::optional<std::string> restore(const std::string& backup,
                                   const std::string& ledger);

} // namespace tidewire::ledger
