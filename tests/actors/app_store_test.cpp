#include "actors/app_store.hpp"

#include "tests/actors/support/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <fstream>

#include <sys/stat.h>

using namespace tidewire;
using db_access = sqlite::database::access;
using testing::temporary_folder;

namespace {

config::app app(std::string id) {
  config::app out;
  out.keys = {{"k" + id, "secret\"" + id}, {"second-" + id, "s\\2"}};
  out.id = std::move(id);
  out.origins = {"a.example", "*.b.example"};
  out.webhooks = {{"http://a.example/h", {"cache_miss"}, {"cache-*"}, true}};
  out.enabled = false;
  return out;
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
  {
    app_store store{file, db_access::write};
    CHECK(store.load().empty());
    store.put(app("2"));
    store.put(app("1"));
    auto other = app("2");
    other.client_events = false;
    store.put(other);
    store.put(app("3"));
    store.erase("3");
    store.erase("no such app");
  }
  app_store store{file, db_access::write};
  auto changed = app("2");
  changed.client_events = false;
  CHECK(store.load() == std::vector<config::app>{app("1"), changed});
}

TEST_CASE("what was put is there without the file being closed") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  app_store writer{file, db_access::write};
  writer.put(app("1"));
  app_store reader{file, db_access::write};
  CHECK(reader.load().size() == 1);
}

TEST_CASE("nobody else can read the file, nor its journal") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  app_store store{file, db_access::write};
  store.put(app("1"));
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
    store.put(app("1"));
  }
  app_store store{file, db_access::read_only};
  CHECK(store.load() == std::vector<config::app>{app("1")});
  CHECK_THROWS_AS(store.put(app("2")), sqlite::error);
}

TEST_CASE("a file of a newer version, or none of ours, is not touched") {
  temporary_folder folder;
  auto file = folder.file("apps.db");
  {
    app_store store{file, db_access::write};
    sqlite::database{file, db_access::write}.version(2);
  }
  CHECK(trouble(file).find("newer version of Tidewire (schema 2)")
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
        .prepare("INSERT OR REPLACE INTO apps VALUES ('7', ?)")
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
      .prepare("INSERT INTO apps VALUES ('7', ?)")
      .bind(1, R"({"id":"7","keys":[{"key":"k","secret":"s"}],"colour":"red"})")
      .run();
  REQUIRE(store.load().size() == 1);
  CHECK(store.load()[0].keys[0].key == "k");
}
