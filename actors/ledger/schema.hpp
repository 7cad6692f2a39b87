// The ledger's file: its tables, and how it is opened.
#pragma once

#include "actors/sqlite.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tidewire::ledger {

/// What this version of Tidewire writes; kept in the file's user_version.
inline constexpr std::int64_t schema_version = 3;

/// A newer version of Tidewire wrote the file. Waiting does not help.
struct newer_schema : sqlite::error {
  using sqlite::error::error;
};

/// Opens or makes the file, for its owner only, and brings it up to the present
/// schema, in one transaction for each step. Throws sqlite::error.
///
/// WAL with `synchronous = FULL`: each commit is on disk when it returns, so a
/// kill at any moment, and a loss of power, too, costs the second that was
/// being written and nothing before it. (With NORMAL a kill would cost no more,
/// but power could take everything since the last checkpoint. FULL is one
/// fsync a second.)
std::unique_ptr<sqlite::database> open_to_write(const std::string& file);

/// To be read, also while the server writes it. Throws sqlite::error, also if
/// the file is older than this version and nobody migrated it yet.
std::unique_ptr<sqlite::database> open_to_read(const std::string& file);

} // namespace tidewire::ledger
