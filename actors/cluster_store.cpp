#include "actors/cluster_store.hpp"

#include "actors/sqlite.hpp"
#include "net/log.hpp"

#include <filesystem>

namespace tidewire {

namespace {

constexpr std::int64_t schema_version = 1;

void make_tables(sqlite::database& db) {
  db.known_version(schema_version);
  db.run("CREATE TABLE IF NOT EXISTS ended (node TEXT NOT NULL, "
         "incarnation INTEGER NOT NULL, how INTEGER NOT NULL, "
         "at INTEGER NOT NULL, by TEXT NOT NULL, "
         "PRIMARY KEY (node, incarnation)) STRICT;");
  db.run("CREATE TABLE IF NOT EXISTS known (node TEXT NOT NULL, "
         "incarnation INTEGER NOT NULL, address TEXT NOT NULL, "
         "answered INTEGER NOT NULL, PRIMARY KEY (node, incarnation)) STRICT;");
  db.version(schema_version);
}

} // namespace

void cluster_store::read(const work& what, std::string_view of) const {
  if (!std::filesystem::exists(file_))
    return;
  try {
    sqlite::database db{file_, sqlite::database::access::write};
    make_tables(db);
    what(db);
  } catch (const sqlite::error& error) {
    log_error("cluster_file_unread",
              "cannot read {}: {}; if the file is damaged, end this node and "
              "delete it: the others know what was in it",
              of, error.what());
  }
}

void cluster_store::write(const work& what, std::string_view of) const {
  try {
    sqlite::database db{file_, sqlite::database::access::write};
    sqlite::transaction change{db};
    make_tables(db);
    what(db);
    change.commit();
  } catch (const sqlite::error& error) {
    log_error("cluster_file_unwritten", "cannot keep {}: {}", of, error.what());
  }
}

std::vector<cluster::ended_life> cluster_store::ended() const {
  std::vector<cluster::ended_life> out;
  read(
      [&](auto& db) {
        auto row = db.prepare("SELECT node, incarnation, how, at, by "
                              "FROM ended ORDER BY at");
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
      },
      "which nodes are gone (the others will tell it)");
  return out;
}

void cluster_store::add(const cluster::ended_life& what) const {
  write(
      [&](auto& db) {
        db.prepare("INSERT OR REPLACE INTO ended "
                   "(node, incarnation, how, at, by) VALUES (?, ?, ?, ?, ?)")
            .bind(1, what.who.node)
            .bind(2, static_cast<std::int64_t>(what.who.incarnation))
            .bind(3, static_cast<std::int64_t>(what.how))
            .bind(4, what.at)
            .bind(5, what.by)
            .run();
      },
      "that node " + what.who.node
          + " is gone (after a restart the others tell it)");
}

std::vector<cluster::known_life> cluster_store::known() const {
  std::vector<cluster::known_life> out;
  read(
      [&](auto& db) {
        auto row = db.prepare(
            "SELECT node, incarnation, address, answered FROM known");
        while (row.step())
          out.push_back({{std::string{row.text(0)},
                          static_cast<std::uint64_t>(row.number(1))},
                         std::string{row.text(2)},
                         row.number(3) != 0});
      },
      "who the other nodes were (cluster.peers has to name one of them)");
  return out;
}

void cluster_store::keep(const std::vector<cluster::known_life>& known) const {
  write(
      [&](auto& db) {
        db.run("DELETE FROM known;");
        for (auto& each : known)
          db.prepare("INSERT INTO known (node, incarnation, address, answered) "
                     "VALUES (?, ?, ?, ?)")
              .bind(1, each.who.node)
              .bind(2, static_cast<std::int64_t>(each.who.incarnation))
              .bind(3, each.address)
              .bind(4, each.answered ? 1 : 0)
              .run();
      },
      "who the other nodes are (after a restart cluster.peers has to name one "
      "of them)");
}

} // namespace tidewire
