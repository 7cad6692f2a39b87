#include "actors/ended_store.hpp"

#include "actors/sqlite.hpp"
#include "net/log.hpp"

#include <filesystem>

namespace tidewire {

namespace {

constexpr std::int64_t ended_schema_version = 1;

void make_table(sqlite::database& db) {
  if (db.known_version(ended_schema_version) == ended_schema_version)
    return;
  sqlite::transaction change{db};
  db.run("CREATE TABLE ended (node TEXT NOT NULL, incarnation INTEGER NOT NULL,"
         " how INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,"
         " PRIMARY KEY (node, incarnation)) STRICT;");
  db.version(ended_schema_version);
  change.commit();
}

} // namespace

std::vector<cluster::ended_life> ended_store::load() const {
  std::vector<cluster::ended_life> out;
  if (!std::filesystem::exists(file_))
    return out;
  try {
    sqlite::database db{file_, sqlite::database::access::write};
    make_table(db);
    auto row = db.prepare("SELECT node, incarnation, how, at, by FROM ended "
                          "ORDER BY at");
    while (row.step()) {
      auto how = row.number(2);
      if (how < 1 || how > static_cast<std::int64_t>(cluster::max_ending))
        continue;
      out.push_back({{std::string{row.text(0)},
                      static_cast<std::uint64_t>(row.number(1))},
                     static_cast<cluster::ending>(how),
                     row.number(3),
                     std::string{row.text(4)}});
    }
  } catch (const sqlite::error& error) {
    log_error("cluster_file_unread",
              "what is known of nodes that are gone cannot be read: {}; the "
              "others will tell it",
              error.what());
  }
  return out;
}

void ended_store::add(const cluster::ended_life& what) const {
  try {
    sqlite::database db{file_, sqlite::database::access::write};
    make_table(db);
    db.prepare("INSERT OR REPLACE INTO ended (node, incarnation, how, at, by) "
               "VALUES (?, ?, ?, ?, ?)")
        .bind(1, what.who.node)
        .bind(2, static_cast<std::int64_t>(what.who.incarnation))
        .bind(3, static_cast<std::int64_t>(what.how))
        .bind(4, what.at)
        .bind(5, what.by)
        .run();
  } catch (const sqlite::error& error) {
    log_error("cluster_file_unwritten",
              "that node {} is gone cannot be kept: {}; after a restart the "
              "others tell it",
              what.who.node, error.what());
  }
}

} // namespace tidewire
