#include "actors/ledger/schema.hpp"

namespace tidewire::ledger {

namespace {

using access = sqlite::database::access;

// Authors and apps are numbered, so that a record's key takes a few bytes.
// Records are in the order they are written in: a minute is appended in one
// place however many apps there are.
constexpr const char* to_1 =
    "CREATE TABLE authors (number INTEGER PRIMARY KEY, node TEXT NOT NULL,"
    " incarnation INTEGER NOT NULL, first INTEGER NOT NULL,"
    " UNIQUE (node, incarnation)) STRICT;"
    "CREATE TABLE apps (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)"
    " STRICT;"
    "CREATE TABLE journal (author INTEGER NOT NULL, tick INTEGER NOT NULL,"
    " block BLOB NOT NULL, PRIMARY KEY (author, tick)) WITHOUT ROWID, STRICT;"
    "CREATE TABLE entries (author INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, minute INTEGER NOT NULL, known INTEGER NOT NULL,"
    " note TEXT NOT NULL, link BLOB NOT NULL, seal BLOB,"
    " PRIMARY KEY (author, sequence)) WITHOUT ROWID, STRICT;"
    "CREATE INDEX entries_by_minute ON entries (author, minute);"
    "CREATE INDEX with_ticks ON entries (author, sequence) WHERE seal IS NULL;"
    "CREATE INDEX goodbyes ON entries (author) WHERE kind = 2;"
    "CREATE TABLE records (author INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " app INTEGER NOT NULL, record BLOB NOT NULL,"
    " PRIMARY KEY (author, sequence, app)) WITHOUT ROWID, STRICT;"
    "CREATE TABLE days (author INTEGER NOT NULL, day INTEGER NOT NULL,"
    " last_tick INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " last_sequence INTEGER NOT NULL, known_seconds INTEGER NOT NULL,"
    " known_samples INTEGER NOT NULL, link BLOB NOT NULL, seal BLOB NOT NULL,"
    " entry_seal BLOB NOT NULL, PRIMARY KEY (author, day)) WITHOUT ROWID, "
    "STRICT;"
    "CREATE TABLE day_records (author INTEGER NOT NULL, day INTEGER NOT NULL,"
    " app INTEGER NOT NULL, record BLOB NOT NULL,"
    " PRIMARY KEY (author, day, app)) WITHOUT ROWID, STRICT;"
    "PRAGMA user_version = 1;";

// What became of the caps.
constexpr const char* to_2 =
    "CREATE TABLE transitions (number INTEGER PRIMARY KEY,"
    " scope INTEGER NOT NULL, subject TEXT NOT NULL, kind INTEGER NOT NULL,"
    " at INTEGER NOT NULL, old INTEGER NOT NULL, new INTEGER NOT NULL,"
    " cause INTEGER NOT NULL, value INTEGER NOT NULL, cap INTEGER NOT NULL,"
    " deadline INTEGER, link BLOB NOT NULL) STRICT;"
    "CREATE INDEX transitions_by_subject"
    " ON transitions (scope, subject, kind, number);"
    "PRAGMA user_version = 2;";

// Rows of other nodes. `before`: the tick of its author's row before, of a row
// that came from elsewhere. `tail`: those that were left wrote it, for an
// author that could not any more. `replaced` has the links of tails that gave
// way.
constexpr const char* to_3 =
    "ALTER TABLE journal ADD COLUMN before INTEGER;"
    "ALTER TABLE entries ADD COLUMN tail INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX goodbyes;"
    "CREATE INDEX ends ON entries (author) WHERE kind >= 2;"
    "CREATE TABLE replaced (author INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " link BLOB NOT NULL, minute INTEGER NOT NULL,"
    " PRIMARY KEY (author, sequence, link)) WITHOUT ROWID, STRICT;"
    "PRAGMA user_version = 3;";

constexpr const char* steps[] = {to_1, to_2, to_3};

[[noreturn]] void refuse(const std::string& file, std::int64_t found) {
  throw newer_schema(file
                     + " was written by a newer version of Tidewire (schema "
                     + std::to_string(found)
                     + "); start that one, or give this one another data_dir.");
}

} // namespace

std::unique_ptr<sqlite::database> open_to_write(const std::string& file) {
  auto db = std::make_unique<sqlite::database>(file, access::write);
  auto found = db->version();
  if (found > schema_version)
    refuse(file, found);
  for (; found < schema_version; ++found) {
    sqlite::transaction change{*db};
    db->run(steps[found]);
    change.commit();
  }
  return db;
}

std::unique_ptr<sqlite::database> open_to_read(const std::string& file) {
  auto db = std::make_unique<sqlite::database>(file, access::beside);
  auto found = db->version();
  if (found > schema_version)
    refuse(file, found);
  if (found < schema_version)
    throw sqlite::error(file + " is of an older version of Tidewire (schema "
                        + std::to_string(found)
                        + "); start the server once, which brings it up to "
                          "date.");
  return db;
}

} // namespace tidewire::ledger
