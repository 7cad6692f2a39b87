#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include "actors/state/meter/window.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

namespace {

// Ten minutes of an author, in one file without a WAL.
void write_ten_minutes(const std::string& file, int apps = 4) {
  speaker says{31, apps};
  store to{file, life(9)};
  for (auto t = midnight + 1; t <= midnight + 600; t = t + 1)
    to.write(says.say(t, t == midnight + 1));
}

std::string content(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_content(const std::string& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary} << bytes;
}

// A record of a minute, found in the file's bytes.
std::size_t place_of_record(const std::string& file, const std::string& bytes,
                            minute at, std::size_t& size) {
  sqlite::database db{file, sqlite::database::access::beside};
  auto row = db.prepare("SELECT record FROM records JOIN entries USING (author,"
                        " sequence) WHERE minute = ? AND app = 2");
  REQUIRE(row.bind(1, at.number).step());
  auto place = bytes.find(row.bytes(0));
  REQUIRE(place != std::string::npos);
  size = row.bytes(0).size();
  return place;
}

} // namespace

TEST_CASE("one bit of a record that is flipped names author and minute") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  write_ten_minutes(file);
  REQUIRE(verified(file).empty());
  auto good = content(file);
  for (int m = 0; m < 10; ++m) {
    auto at = minute_of(midnight + 1) + m;
    std::size_t size = 0;
    auto place = place_of_record(file, good, at, size);
    for (std::size_t bit = 0; bit < size * 8; bit += 97) {
      auto bad = good;
      bad[place + bit / 8] ^= static_cast<char>(1 << bit % 8);
      write_content(file, bad);
      auto found = reader{file}.verify();
      REQUIRE(found);
      CHECK(found->who == life(9));
      CHECK(found->at == at);
      CHECK(found->sentence.find(render_time(at.number * 60, "UTC"))
            != std::string::npos);
    }
    write_content(file, good);
  }
}

TEST_CASE("any changed row is found") {
  for (auto* change :
       {"UPDATE entries SET known = known - 1 WHERE sequence = 4",
        "UPDATE entries SET minute = minute + 1 WHERE sequence = 9",
        "UPDATE entries SET note = 'x' WHERE sequence = 4",
        "UPDATE entries SET link = zeroblob(32) WHERE sequence = 4",
        "DELETE FROM entries WHERE sequence = 4",
        "DELETE FROM records WHERE sequence = 4 AND app = 1",
        "DELETE FROM records WHERE sequence = 9",
        "INSERT INTO records VALUES (1, 10, 1, x'00')",
        "INSERT INTO records VALUES (7, 1, 1, x'00')",
        "UPDATE records SET app = 9 WHERE sequence = 4 AND app = 1",
        "UPDATE apps SET id = 'other' WHERE number = 2",
        "UPDATE authors SET node = 'b'", "UPDATE authors SET incarnation = 10",
        "UPDATE authors SET first = first + 1", "DELETE FROM authors"}) {
    temporary_folder folder;
    auto file = folder.file("ledger.db");
    write_ten_minutes(file);
    REQUIRE(verified(file).empty());
    sqlite::database{file, sqlite::database::access::write}.run(change);
    INFO(change);
    CHECK_FALSE(verified(file).empty());
  }
}

TEST_CASE("bytes changed anywhere are found, or change nothing") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  write_ten_minutes(file);
  auto good = content(file);
  std::mt19937 random{6};
  truth stated;
  speaker says{31, 4};
  for (auto t = midnight + 1; t <= midnight + 600; t = t + 1) {
    says.say(t, t == midnight + 1);
    stated[t] = says.open();
  }
  int found = 0;
  for (int i = 0; i < 150; ++i) {
    auto bad = good;
    bad[random() % bad.size()] ^= static_cast<char>(1 + random() % 255);
    write_content(file, bad);
    std::string what;
    try {
      what = verified(file);
      if (what.empty())
        what = difference(file, stated, midnight + 1, midnight + 600, 4) == ""
                   ? ""
                   : "not found";
    } catch (const sqlite::error& error) {
      what = error.what();
    }
    CHECK(what != "not found");
    found += what.empty() ? 0 : 1;
  }
  WARN(found << " of 150 bytes mattered");
}

TEST_CASE("a ledger that was cut off is known by exported heads") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  write_ten_minutes(file);
  auto exported = reader{file}.heads();
  REQUIRE(exported.size() == 1);
  CHECK(exported[0].sequence == 9);
  CHECK_FALSE(reader{file}.verify(exported));
  sqlite::database{file, sqlite::database::access::write}.run(
      "DELETE FROM entries WHERE sequence = 9;"
      "DELETE FROM records WHERE sequence = 9");
  CHECK(verified(file).empty()); // the chain alone cannot tell
  auto missing = reader{file}.verify(exported);
  REQUIRE(missing);
  CHECK(missing->who == life(9));
}
