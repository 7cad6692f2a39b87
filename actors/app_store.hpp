// The apps that were made at run time, on disk.
#pragma once

#include "actors/sqlite.hpp"
#include "actors/state/cluster/shared_row.hpp"

#include <span>
#include <string>
#include <vector>

namespace tidewire {

/// A SQLite file with one row per app: its id and its fields as JSON, so that
/// fields come and go between versions without a migration, and who wrote it
/// when. Apps that were deleted stay as rows without fields (shared_row).
/// Belongs to one thread at a time, never to a reactor's: every change waits
/// for the disk. Throws sqlite::error with a sentence.
class app_store {
public:
  /// Makes the file at need. Throws, too, when a newer version of Tidewire has
  /// written it.
  app_store(const std::string& file, sqlite::database::access how);

  /// What it holds, by id. Throws when it holds an app that cannot be
  /// understood: it is better not to start than to turn its clients away for
  /// good.
  std::vector<cluster::shared_row> load();

  /// All of them or, if it throws, none. After it returns, a crash of process
  /// or machine loses nothing of them.
  void put(std::span<const cluster::shared_row> rows);

private:
  std::string file_;
  sqlite::database db_;
};

} // namespace tidewire
