#include "actors/app_store.hpp"

#include "actors/app_rows.hpp"
#include "tests/actors/support/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <fstream>

#include <sys/stat.h>

using namespace tidewire;
using db_access = sqlite::database::access;
using cluster::shared_row;
using testing::temporary_folder;

namespace {

config::app settings_of(std::string id) {
  config::app out;
  out.keys = {{"k" + id, "secret\"" + id}, {"second-" + id, "s\\2"}};
  out.id = std::move(id);
  out.origins = {"a.example", "*.b.example"};
  out.webhooks = {{"http://a.example/h", {"cache_miss"}, {"cache-*"}, true}};
  out.enabled = false;
  return out;
}

shared_row row(const config::app& what, std::uint64_t version = 1) {
  shared_row out;
  out.id = what.id;
  out.stamp = {version, {"node", 1ull << 63}};
  out.value = row_value(what);
  return out;
}

shared_row stored_app(std::string id) {
  return row(settings_of(std::move(id)));
}

void put(app_store& into, const shared_row& what) {
  into.put({&what, 1});
}

std::string trouble(const std::string& file, db_access how = db_access::write) {
  try {
    app_store store{file, how};
    store.load();
  } catch (const sqlite::error& error) {
    return error.what();
  }
  return {};
}

} // namespace

TEST_CASE("what was put is there when the file is opened again") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  auto other = settings_of("2");
  other.client_events = false;
  auto changed = row(other, 2);
  changed.known = {{1, {"other", 5}}, {1, {"third", 6}}};
  changed.floor = 1;
  auto gone = stored_app("3");
  gone.gone = true;
  gone.value.clear();
  {
    app_store store{file, db_access::write};
    CHECK(store.load().empty());
    put(store, stored_app("2"));
    std::vector two{stored_app("1"), gone};
    store.put(two);
    put(store, changed);
  }
  app_store store{file, db_access::write};
  CHECK(store.load() == std::vector{stored_app("1"), changed, gone});
  CHECK(read_app(store.load()[1]).app == other);
}

TEST_CASE("what was stored before there were clusters is everywhere the same") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  {
    sqlite::database old{file, db_access::write};
    old.run("CREATE TABLE apps (id TEXT PRIMARY KEY NOT NULL, settings TEXT "
            "NOT NULL) WITHOUT ROWID, STRICT; PRAGMA user_version = 1;");
    old.prepare("INSERT INTO apps VALUES ('7', ?)")
        .bind(1, row_value(settings_of("7")))
        .run();
  }
  auto same = stored_app("7");
  same.stamp = {1, {}};
  {
    app_store reader{file, db_access::read_only};
    CHECK(reader.load() == std::vector{same});
  }
  app_store store{file, db_access::write};
  CHECK(store.load() == std::vector{same});
  put(store, stored_app("8"));
  CHECK(app_store{file, db_access::write}.load().size() == 2);
}

TEST_CASE("what was put is there without the file being closed") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  app_store writer{file, db_access::write};
  put(writer, stored_app("1"));
  app_store reader{file, db_access::write};
  CHECK(reader.load().size() == 1);
}

TEST_CASE("nobody else can read the file, nor its journal") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  app_store store{file, db_access::write};
  put(store, stored_app("1"));
  for (auto* suffix : {"", "-wal"}) {
    struct stat facts {};
    REQUIRE(::stat((file + suffix).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a file can be read where it cannot be written") {
  temporary_folder folder;
  auto file = folder.file("apps?.db"); // a name that a URI must escape
  {
    app_store store{file, db_access::write};
    put(store, stored_app("1"));
  }
  app_store store{file, db_access::read_only};
  CHECK(store.load() == std::vector{stored_app("1")});
  CHECK_THROWS_AS(put(store, stored_app("2")), sqlite::error);
}

TEST_CASE("a file of a newer version, or none of ours, is not touched") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  {
    app_store store{file, db_access::write};
    sqlite::database{file, db_access::write}.version(3);
  }
  CHECK(trouble(file).find("newer version of Tidewire (schema 3)")
        != std::string::npos);
  auto other = folder.file("other.db");
  std::ofstream{other} << "this is a diary, and by no means a database, dear";
  CHECK(trouble(other).find("other.db: ") != std::string::npos);
  CHECK(trouble(folder.file("no/such/folder")).find("cannot be opened")
        != std::string::npos);
}

TEST_CASE("an app that cannot be understood is an error, not a gap") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  for (auto* settings :
       {"{", "[]", R"({\"id\":\"x\"})", R"({"id":"7","keys":[]})"}) {
    app_store store{file, db_access::write};
    sqlite::database{file, db_access::write}
        .prepare("INSERT OR REPLACE INTO apps (id, settings) VALUES ('7', ?)")
        .bind(1, settings)
        .run();
    INFO(settings);
    CHECK(trouble(file).find("app 7: ") != std::string::npos);
  }
}

TEST_CASE("a field that this version does not know is passed over") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  app_store store{file, db_access::write};
  sqlite::database{file, db_access::write}
      .prepare("INSERT INTO apps (id, settings) VALUES ('7', ?)")
      .bind(1, R"({"id":"7","keys":[{"key":"k","secret":"s"}],"colour":"red"})")
      .run();
  REQUIRE(store.load().size() == 1);
  auto read = read_app(store.load()[0]);
  REQUIRE(read.app);
  CHECK(read.app->keys[0].key == "k");
  CHECK(read.warnings.size() == 1);
}
