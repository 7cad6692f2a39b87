#include "actors/ledger/store.hpp"

#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

TEST_CASE("what was stated is read again, tick by tick") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{1, 5};
  truth stated;
  auto first = midnight - 100; // over midnight
  auto last = midnight + 170;
  {
    store to{file, life(1)};
    for (auto t = first; t <= last; t = t + 1) {
      to.write(says.say(t, t == first || t == midnight + 1));
      stated[t] = says.open();
    }
    CHECK(to.health().alarm.empty());
    CHECK(to.last_stated() == last);
    // The last minute is in the journal and read from there.
    CHECK(difference(file, stated, first - 5, last + 30, 5).empty());
  }
  CHECK(difference(file, stated, first - 5, last + 30, 5).empty());
  CHECK(verified(file).empty());
  reader from{file};
  auto lives = from.authors();
  REQUIRE(lives.size() == 1);
  CHECK(lives[0].who == life(1));
  CHECK(lives[0].first == first);
  CHECK(lives[0].last == last);
  CHECK_FALSE(lives[0].ended);
  CHECK(from.apps().size() == 5);
}

TEST_CASE("a tick is stored once, and in order") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{2, 2, 100}, others{3, 2, 100};
  truth stated;
  store to{file, life(1)};
  for (auto t = midnight + 1; t <= midnight + 70; t = t + 1) {
    to.write(says.say(t, t == midnight + 1));
    stated[t] = says.open();
    to.write(others.say(t, true));
    to.write(others.say(t - 7, true));
  }
  CHECK(difference(file, stated, midnight, midnight + 75, 2).empty());
}

TEST_CASE("idle apps write nothing, and an idle minute takes a mask") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{4, 3, 100};
  store to{file, life(1)};
  to.write(says.say(midnight + 1, true));
  for (auto t = midnight + 2; t <= midnight + 600; t = t + 1)
    to.write({t, false, {}});
  tidewire::sqlite::database db{file,
                                tidewire::sqlite::database::access::beside};
  auto count = [&](const char* sql) {
    auto row = db.prepare(sql);
    row.step();
    return row.number(0);
  };
  CHECK(count("SELECT count(*) FROM entries") == 10);
  CHECK(count("SELECT count(*) FROM records") == 4); // the first minute's
  CHECK(count("SELECT count(*) FROM journal") == 0);
}

TEST_CASE("after a goodbye nothing is unknown") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{5, 2};
  store to{file, life(1)};
  truth stated;
  for (auto t = midnight + 1; t <= midnight + 100; t = t + 1) {
    to.write(says.say(t, t == midnight + 1));
    stated[t] = says.open();
  }
  CHECK(to.say_goodbye());
  CHECK(to.say_goodbye()); // again: nothing more
  for (auto t = midnight + 101; t <= midnight + 120; t = t + 1)
    stated[t] = {0, 0, 0};
  CHECK(difference(file, stated, midnight + 1, midnight + 120, 2).empty());
  CHECK(reader{file}.authors().at(0).ended);
  CHECK(verified(file).empty());
}

TEST_CASE("a tick that does not follow is unknown, and a restated one asked") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{6, 2};
  store to{file, life(1)};
  truth stated;
  for (auto t = midnight + 1; t <= midnight + 180; t = t + 1) {
    auto block = says.say(t, t == midnight + 1 || t == midnight + 130);
    if (t == midnight + 30)
      continue; // lost on the way
    to.write(block);
    if (t < midnight + 30 || t >= midnight + 130)
      stated[t] = says.open();
    CHECK(to.wants_restated() == (t > midnight + 30 && t < midnight + 130));
  }
  CHECK(difference(file, stated, midnight + 1, midnight + 180, 2).empty());
}

TEST_CASE("a correction holds, and what it corrects stays in the chain") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{7, 1};
  store to{file, life(1)};
  truth stated;
  for (auto t = midnight + 1; t <= midnight + 120; t = t + 1) {
    to.write(says.say(t, t == midnight + 1));
    stated[t] = says.open();
  }
  minute_page page{minute_of(midnight + 1), whole_minute, {}};
  auto& record = page.apps[{"1"}];
  for (int i = 0; i < minute::ticks; ++i) {
    record.set(i, tick_figures::idle({.open = 77}));
    stated[midnight + 1 + i][1] = 77;
  }
  std::string problem;
  CHECK(to.correct(page, "counted by hand", problem));
  CHECK(difference(file, stated, midnight + 1, midnight + 60, 1).empty());
  CHECK(verified(file).empty());
  page.at = page.at + 700;
  CHECK_FALSE(to.correct(page, "nothing there", problem));
  CHECK(problem.find("no minute to correct") != std::string::npos);
  page.apps.begin()->second.first = 3;
  CHECK_FALSE(to.correct(page, "half", problem));
}

TEST_CASE("transitions are kept in order, by subject") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  cap_row app{{cap_subject::scope::app, "7", cap_kind::connections},
              {midnight, cap_level::ok, cap_level::near, cap_cause::rose, 80,
               100, std::nullopt}};
  cap_row account{{cap_subject::scope::account, "7", cap_kind::broadcasts},
                  {midnight, cap_level::near, cap_level::grace, cap_cause::rose,
                   101, 100, midnight + 60}};
  {
    store to{file, life(1)};
    to.write(app);
    to.write(account);
    to.write(app);
  }
  reader from{file};
  CHECK(from.transitions() == std::vector{app, account, app});
  CHECK(from.transitions(account.whose) == std::vector{account});
  CHECK(verified(file).empty());
  tidewire::sqlite::database db{file,
                                tidewire::sqlite::database::access::write};
  db.run("UPDATE transitions SET value = 79 WHERE number = 3");
  CHECK(verified(file).find("transition 3 of 7") != std::string::npos);
}
