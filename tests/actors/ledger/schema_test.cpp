#include "actors/ledger/schema.hpp"

#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include <sys/stat.h>

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

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
  sqlite::database{file, sqlite::database::access::write}.run(
      "DROP TABLE transitions; PRAGMA user_version = 1");
  CHECK_THROWS_AS(reader{file}, sqlite::error);
  store to{file, life(2)};
  CHECK(to.health().alarm.empty());
  CHECK(open_to_read(file)->version() == schema_version);
  to.write(cap_row{});
  CHECK(reader{file}.transitions().size() == 1);
  CHECK(difference(file, stated, midnight + 1, midnight + 100, 3).empty());
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
