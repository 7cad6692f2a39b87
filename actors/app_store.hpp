// The apps that were made at run time, on disk.
#pragma once

#include "actors/sqlite.hpp"
#include "config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidewire {

/// A SQLite file with one row per app: its id and its fields as JSON, so that
/// fields come and go between versions without a migration. Belongs to one
/// thread at a time, never to a reactor's: every change waits for the disk.
/// Throws sqlite::error with a sentence.
class app_store {
public:
  /// Makes the file at need. Throws, too, when a newer version of Tidewire has
  /// written it, or when it holds an app that cannot be understood: it is
  /// better not to start than to turn its clients away for good.
  app_store(const std::string& file, sqlite::database::access how);

  /// What it holds, by id.
  std::vector<config::app> load();

  /// After these return, a crash of process or machine loses nothing of it.
  void put(const config::app& what);
  void erase(std::string_view id);

private:
  std::string file_;
  sqlite::database db_;
};

} // namespace tidewire
