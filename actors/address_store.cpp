#include "actors/address_store.hpp"

#include "actors/sqlite.hpp"
#include "net/log.hpp"

#include <filesystem>

namespace tidewire {

namespace {

constexpr auto table = "CREATE TABLE IF NOT EXISTS addresses "
                       "(address TEXT NOT NULL PRIMARY KEY) STRICT;";

} // namespace

std::set<std::string> address_store::load() const {
  std::set<std::string> out;
  if (!std::filesystem::exists(file_))
    return out;
  try {
    sqlite::database db{file_, sqlite::database::access::write};
    db.run(table);
    auto row = db.prepare("SELECT address FROM addresses");
    while (row.step())
      out.emplace(row.text(0));
  } catch (const sqlite::error& error) {
    log_error("cluster_file_unread",
              "where the other nodes were cannot be read: {}; cluster.peers "
              "has to name one of them",
              error.what());
  }
  return out;
}

void address_store::keep(const std::set<std::string>& addresses) const {
  try {
    sqlite::database db{file_, sqlite::database::access::write};
    sqlite::transaction change{db};
    db.run(table);
    db.run("DELETE FROM addresses;");
    for (auto& each : addresses)
      db.prepare("INSERT INTO addresses (address) VALUES (?)")
          .bind(1, each)
          .run();
    change.commit();
  } catch (const sqlite::error& error) {
    log_error("cluster_file_unwritten",
              "where the other nodes are cannot be kept: {}; after a restart "
              "cluster.peers has to name one of them",
              error.what());
  }
}

} // namespace tidewire
