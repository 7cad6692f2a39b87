#include "actors/ledger/schema.hpp"

#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include <sys/stat.h>

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

// A file as version 2 left it.
static constexpr const char* without_3 =
    "DROP TABLE replaced; DROP INDEX ends;"
    "CREATE INDEX goodbyes ON entries (author) WHERE kind = 2;"
    "ALTER TABLE journal DROP COLUMN before;"
    "ALTER TABLE entries DROP COLUMN tail; PRAGMA user_version = 2;";

TEST_CASE("an older file is brought up to date, with all that is in it") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{41, 3};
  truth stated;
  {
    store to{file, life(1)};
    for (auto t = midnight + 1; t <= midnight + 100; t = t + 1) {
      to.write(says.say(t, t == midnight + 1));
      stated[t] = says.open();
    }
  }
  // As version 1 left it.
  {
    sqlite::database db{file, sqlite::database::access::write};
    db.run(without_3);
    db.run("DROP TABLE transitions; PRAGMA user_version = 1");
  }
  CHECK_THROWS_AS(reader{file}, sqlite::error);
  store to{file, life(2)};
  CHECK(to.health().alarm.empty());
  CHECK(open_to_read(file)->version() == schema_version);
  to.write(cap_row{});
  CHECK(reader{file}.transitions().size() == 1);
  CHECK(difference(file, stated, midnight + 1, midnight + 100, 3).empty());
  CHECK(verified(file).empty());
}

TEST_CASE("a file of version 2 keeps its chains, its journal and its ends") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{43, 3};
  truth stated;
  auto heads = [&] { return reader{file}.heads(); };
  {
    store gone{file, life(1)};
    gone.write(says.say(midnight + 1, true));
    CHECK(gone.say_goodbye());
    store to{file, life(2)};
    for (auto t = midnight + 61; t <= midnight + 200; t = t + 1) {
      to.write(says.say(t, t == midnight + 61));
      stated[t] = says.open();
    }
  }
  auto before = heads();
  sqlite::database{file, sqlite::database::access::write}.run(without_3);
  CHECK_THROWS_AS(reader{file}, sqlite::error);
  store to{file, life(2)};
  CHECK(to.health().alarm.empty());
  CHECK(open_to_read(file)->version() == 3);
  CHECK(heads() == before);
  to.write(says.say(midnight + 201, false));
  stated[midnight + 201] = says.open();
  CHECK(reader{file}.authors().front().ended);
  CHECK_FALSE(reader{file}.authors().back().ended);
  CHECK(difference(file, stated, midnight + 61, midnight + 201, 3).empty());
  CHECK(verified(file).empty());
}

TEST_CASE("a file of a newer version is refused with a sentence") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  { store to{file, life(1)}; }
  sqlite::database{file, sqlite::database::access::write}.version(schema_version
                                                                  + 1);
  for (auto open : {+[](const std::string& f) {
                      store{f, life(2)};
                    },
                    +[](const std::string& f) { reader{f}; }}) {
    try {
      open(file);
      FAIL("it was opened");
    } catch (const newer_schema& error) {
      std::string sentence = error.what();
      CHECK(sentence.find(file) != std::string::npos);
      CHECK(sentence.find("newer version of Tidewire") != std::string::npos);
    }
  }
}

TEST_CASE("the file is its owner's only, and synced at each commit") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  auto db = open_to_write(file);
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777u) == 0600);
  auto mode = db->prepare("PRAGMA journal_mode");
  REQUIRE(mode.step());
  CHECK(mode.text(0) == "wal");
  auto sync = db->prepare("PRAGMA synchronous");
  REQUIRE(sync.step());
  CHECK(sync.number(0) == 2); // FULL
}
