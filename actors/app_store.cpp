#include "actors/app_store.hpp"

#include "actors/app_rows.hpp"
#include "actors/grace_rows.hpp"
#include "actors/state/cluster/shared_records.hpp"
#include "net/log.hpp"

namespace tidewire {

namespace {

constexpr std::int64_t app_schema_version = 2;

constexpr const char* app_schema_1 =
    "CREATE TABLE apps (id TEXT PRIMARY KEY NOT NULL, settings TEXT NOT NULL)"
    " WITHOUT ROWID, STRICT;";

// What was made before there were clusters was made by nobody in particular,
// so that copies of one file are the same everywhere.
constexpr const char* app_schema_2 =
    "ALTER TABLE apps ADD COLUMN version INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE apps ADD COLUMN node TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE apps ADD COLUMN incarnation INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE apps ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE apps ADD COLUMN known BLOB NOT NULL DEFAULT x'';";

void check(const cluster::shared_row& row, const std::string& file) {
  if (row.gone || is_grace(row.id))
    return;
  auto read = read_app(row);
  if (!read.app)
    throw sqlite::error(file + ": app " + row.id + ": " + read.trouble);
  // A field of a newer version: told, and kept only until the next change.
  for (auto& each : read.warnings)
    log_warning("apps_db", "app {}: {}", row.id, each);
}

} // namespace

// Version and columns in one transaction: there is no half of it.
app_store::app_store(const std::string& file, sqlite::database::access how)
    : file_(file), db_(file, how) {
  auto found = db_.known_version(app_schema_version);
  if (found == app_schema_version || how != sqlite::database::access::write)
    return;
  sqlite::transaction change{db_};
  if (found == 0)
    db_.run(app_schema_1);
  db_.run(app_schema_2);
  db_.version(app_schema_version);
  change.commit();
}

std::vector<cluster::shared_row> app_store::load() {
  std::vector<cluster::shared_row> all;
  auto version = db_.version();
  if (version == 0)
    return all; // opened to be read, and nothing was ever written
  auto ask = db_.prepare(
      version == 1
          ? "SELECT id, settings, 1, '', 0, 0, x'' FROM apps ORDER BY id"
          : "SELECT id, settings, version, node, incarnation, gone, known "
            "FROM apps ORDER BY id");
  while (ask.step()) {
    cluster::shared_row row;
    row.id = ask.text(0);
    row.value = ask.text(1);
    row.stamp = {
        static_cast<std::uint64_t>(ask.number(2)),
        {std::string{ask.text(3)}, static_cast<std::uint64_t>(ask.number(4))}};
    row.gone = ask.number(5) != 0;
    if (auto known = ask.bytes(6); !known.empty())
      cluster::read_known(known, row);
    check(row, file_);
    all.push_back(std::move(row));
  }
  return all;
}

void app_store::put(std::span<const cluster::shared_row> rows) {
  sqlite::transaction change{db_};
  auto put = db_.prepare("INSERT OR REPLACE INTO apps (id, settings, version, "
                         "node, incarnation, gone, known) "
                         "VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (auto& row : rows)
    put.bind(1, row.id)
        .bind(2, row.value)
        .bind(3, static_cast<std::int64_t>(row.stamp.version))
        .bind(4, row.stamp.writer.node)
        .bind(5, static_cast<std::int64_t>(row.stamp.writer.incarnation))
        .bind(6, row.gone ? std::int64_t{1} : std::int64_t{0})
        .bind_bytes(7, cluster::write_known(row))
        .run();
  change.commit();
}

} // namespace tidewire
