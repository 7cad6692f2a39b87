#include "actors/ledger/backup.hpp"

#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

TEST_CASE("a backup made while ticks are written is whole, and comes back") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  auto copy = folder.file("backup.db");
  std::atomic<bool> enough = false;
  std::atomic<std::int64_t> written = 0;
  std::string alarm;
  truth stated;
  std::thread writer{[&] {
    store to{file, life(1)};
    speaker says{51, 10};
    for (auto t = midnight + 1; !enough; t = t + 1) {
      to.write(says.say(t, t == midnight + 1));
      stated[t] = says.open();
      alarm += to.health().alarm;
      ++written;
    }
  }};
  while (written < 150)
    std::this_thread::yield();
  std::vector<std::pair<std::int64_t, tick>> copies; // before, and what it has
  for (int i = 0; i < 5; ++i) {
    auto before = written.load();
    auto problem = back_up(file, copy);
    CHECK(problem.value_or("") == "");
    copies.emplace_back(before, reader{copy}.authors().at(0).last);
    while (written < before + 30)
      std::this_thread::yield();
  }
  enough = true;
  writer.join();
  CHECK(alarm.empty());
  for (auto [before, last] : copies)
    CHECK(last - midnight >= before);
  auto last = copies.back().second;
  truth then{stated.begin(), stated.upper_bound(last)};
  CHECK(difference(copy, then, midnight + 1, last + 100, 10).empty());
  CHECK_FALSE(std::filesystem::exists(copy + ".part"));

  CHECK(restore(copy, file).value_or("") == "");
  CHECK(std::filesystem::exists(file + ".replaced"));
  CHECK(difference(file, then, midnight + 1, last + 100, 10).empty());
  store next{file, life(2)};
  CHECK(next.health().alarm.empty());
  CHECK(next.last_stated() == last);
  CHECK(verified(file).empty());
}

TEST_CASE("what is no good backup replaces nothing") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  {
    store to{file, life(1)};
    speaker says{52, 2};
    for (auto t = midnight + 1; t <= midnight + 120; t = t + 1)
      to.write(says.say(t, t == midnight + 1));
  }
  auto bad = folder.file("bad.db");
  CHECK(restore(bad, file).value().find("is not there") != std::string::npos);
  REQUIRE_FALSE(back_up(file, bad));
  tidewire::sqlite::database{bad, tidewire::sqlite::database::access::write}
      .run("UPDATE entries SET known = 1 WHERE sequence = 1");
  CHECK(restore(bad, file).value().find("does not verify")
        != std::string::npos);
  CHECK(back_up(bad, folder.file("other.db")));
  CHECK_FALSE(std::filesystem::exists(folder.file("other.db")));
  std::ofstream{bad} << "this is not a database, whatever it says it is";
  CHECK(restore(bad, file));
  CHECK_FALSE(std::filesystem::exists(file + ".replaced"));
  CHECK(reader{file}.authors().at(0).last == midnight + 120);
}
