#include "actors/app_store.hpp"

#include "actors/app_json.hpp"
#include "net/log.hpp"

namespace tidewire {

namespace {

constexpr std::int64_t schema_version = 1;

// Version and table in one transaction: there is no half of it.
constexpr const char* schema_1 =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE apps (id TEXT PRIMARY KEY NOT NULL, settings TEXT NOT NULL)"
    " WITHOUT ROWID, STRICT;"
    "PRAGMA user_version = 1;"
    "COMMIT";

config::app app_of(std::string_view id, std::string_view settings,
                   const std::string& file) {
  const config::origin from{config::origin::source::file, {}, 0};
  auto wrong = [&](const std::string& why) {
    return sqlite::error(file + ": app " + std::string{id} + ": " + why);
  };
  auto fields = app_fields(settings, from);
  if (auto* phrase = std::get_if<std::string>(&fields))
    throw wrong(*phrase);
  auto made = config::amend_app(
      {}, std::move(std::get<std::vector<config::assignment>>(fields)));
  if (!made.ok())
    throw wrong(to_string(made.errors.front()));
  // A field of a newer version: told, and kept only until the next change.
  for (auto& each : made.warnings)
    log_warning("apps_db", "app {}: {}", id, to_string(each));
  return made.value;
}

} // namespace

app_store::app_store(const std::string& file, sqlite::database::access how)
    : file_(file), db_(file, how) {
  auto found = db_.known_version(schema_version);
  if (found == 0 && how == sqlite::database::access::write)
    db_.run(schema_1);
}

std::vector<config::app> app_store::load() {
  std::vector<config::app> all;
  if (db_.version() == 0)
    return all; // opened to be read, and nothing was ever written
  auto ask = db_.prepare("SELECT id, settings FROM apps ORDER BY id");
  while (ask.step())
    all.push_back(app_of(ask.text(0), ask.text(1), file_));
  return all;
}

void app_store::put(const config::app& what) {
  db_.prepare("INSERT OR REPLACE INTO apps (id, settings) VALUES (?, ?)")
      .bind(1, what.id)
      .bind(2, render_json(what, config::secrets::shown))
      .run();
}

void app_store::erase(std::string_view id) {
  db_.prepare("DELETE FROM apps WHERE id = ?").bind(1, id).run();
}

} // namespace tidewire
