#include "actors/ledger/prune.hpp"

#include "actors/ledger/schema.hpp"
#include "actors/state/meter/day_statement.hpp"
#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include <map>

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

namespace {

constexpr int apps_pruned = 2;
const meter_settings prune_for_days{
    .tick_days = 1, .minute_days = 3, .time_zone = "UTC"};

// Each app's statement of each of some days, with samples of a minute.
std::vector<statement> states(const std::string& file, int days) {
  std::vector<statement> out;
  reader from{file};
  for (int app = 0; app <= apps_pruned; ++app)
    for (int d = 0; d < days; ++d) {
      auto begin = midnight.number + d * seconds_per_day;
      auto id = speaker::app(app);
      out.push_back(std::get<statement>(
          from.state({begin, begin + seconds_per_day}, 60, {&id, 1})));
    }
  return out;
}

// Four days of three lives with holes, the last of which goes on.
struct four_days {
  temporary_folder folder;
  std::string file = folder.file("ledger.db");
  speaker says{61, apps_pruned, 2};

  four_days() {
    auto at = [](int d, int s) { return midnight + d * seconds_per_day + s; };
    fill(file, life(1), says, at(0, 30'000), at(1, 50'000));
    fill(file, life(2), says, at(1, 50'100), at(1, 60'000));
    store{file, life(2)}.say_goodbye();
    fill(file, life(3), says, at(1, 60'300), at(4, 0));
  }

  // A portion, as if so many days had passed.
  bool prune(int days) const {
    auto db = open_to_write(file);
    return prune_portion(*db, midnight + days * seconds_per_day,
                         prune_for_days);
  }
};

} // namespace

TEST_CASE("pruned to minutes, statements stay and every portion verifies") {
  four_days of;
  auto before = states(of.file, 4);
  auto exported = reader{of.file}.heads();
  int portions = 0;
  for (; of.prune(4); ++portions)
    REQUIRE(verified(of.file).empty());
  CHECK(portions == 4); // days of lives: two, one, one
  CHECK(states(of.file, 4) == before);
  CHECK_FALSE(reader{of.file}.verify(exported));
  reader from{of.file};
  auto app = speaker::app(1);
  auto fine = from.state({midnight.number + seconds_per_day,
                          midnight.number + 2 * seconds_per_day},
                         1, {&app, 1});
  CHECK(std::holds_alternative<statement_error>(fine));
}

TEST_CASE("pruned to days, whole days stay and every portion verifies") {
  four_days of;
  auto before = states(of.file, 3);
  auto lives = reader{of.file}.authors();
  auto exported = reader{of.file}.heads();
  while (of.prune(7))
    REQUIRE(verified(of.file).empty());
  auto after = reader{of.file}.authors();
  REQUIRE(after.size() == lives.size());
  for (std::size_t i = 0; i < lives.size(); ++i) {
    CHECK(after[i].who == lives[i].who);
    CHECK(after[i].first == lives[i].first);
    CHECK(after[i].last == lives[i].last);
    CHECK(after[i].ended == lives[i].ended);
  }
  CHECK_FALSE(reader{of.file}.verify(exported));
  reader from{of.file};
  // The third day is of one life only.
  for (int app = 0; app <= apps_pruned; ++app) {
    auto day = day_of(midnight + 2 * seconds_per_day + 1);
    auto found = from.days(speaker::app(app), day, day);
    REQUIRE(found.size() == 1);
    std::optional<day_record> record = found[0].record;
    auto now = state_days(day, {&record, 1});
    auto then = before[static_cast<std::size_t>(app) * 3 + 2];
    then.doubts.clear();
    now.doubts.clear();
    CHECK(now == then);
  }
  CHECK(from.days({"never seen"}, day_of(midnight + 1),
                  day_of(midnight + 4 * seconds_per_day))
            .at(0)
            .record.open.value
        == 0);
}

TEST_CASE("the chain goes on after everything was pruned") {
  four_days of;
  while (of.prune(900))
    ;
  CHECK(verified(of.file).empty());
  store to{of.file, life(3)};
  auto first = midnight + 5 * seconds_per_day + 1;
  truth stated;
  for (auto t = first; t < first + 130; t = t + 1) {
    to.write(of.says.say(t, t == first));
    stated[t] = of.says.open();
  }
  CHECK(verified(of.file).empty());
  CHECK(difference(of.file, stated, first, first + 140, apps_pruned).empty());
}

TEST_CASE("what was pruned is verified, too") {
  for (auto* change :
       {"UPDATE records SET record = x'00' WHERE author = 1 AND sequence = 2000"
        " AND app = 1",
        "UPDATE entries SET seal = zeroblob(32) WHERE sequence = 2000",
        "UPDATE entries SET link = zeroblob(32) WHERE sequence = 2000",
        "UPDATE entries SET known = 5 WHERE sequence = 2000",
        "UPDATE days SET known_seconds = 86400",
        "UPDATE days SET ended = 1 WHERE author = 1",
        "UPDATE days SET last_tick = last_tick + 1",
        "UPDATE days SET link = zeroblob(32)",
        "UPDATE day_records SET record = x'41' WHERE app = 1",
        "INSERT INTO day_records VALUES (1, 7, 1, x'00')",
        "DELETE FROM days"}) {
    temporary_folder folder;
    auto file = folder.file("ledger.db");
    speaker says{62, apps_pruned, 2};
    fill(file, life(1), says, midnight + 50'000,
         midnight + 2 * seconds_per_day + 40'000);
    {
      auto db = open_to_write(file);
      // The first day to its day, the second to minutes.
      while (prune_portion(*db, midnight + 5 * seconds_per_day, prune_for_days))
        ;
    }
    REQUIRE(verified(file).empty());
    sqlite::database{file, sqlite::database::access::write}.run(change);
    INFO(change);
    CHECK_FALSE(verified(file).empty());
  }
}

TEST_CASE("corrections are pruned with what they correct") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{63, apps_pruned, 2};
  fill(file, life(1), says, midnight + 80'000,
       midnight + seconds_per_day + 7000);
  minute_page page{minute_of(midnight + 82'801), whole_minute, {}};
  for (int i = 0; i < minute::ticks; ++i)
    page.apps[{"1"}].set(i, tick_figures::idle({.open = 99'999}));
  auto to = std::make_unique<store>(file, life(1));
  std::string problem;
  CHECK(to->correct(page, "by hand", problem));
  auto before = states(file, 2);
  CHECK(before[2].open.peak.value == 99'999);
  while (to->prune(midnight + 3 * seconds_per_day, prune_for_days))
    REQUIRE(verified(file).empty());
  CHECK(states(file, 2) == before);
  while (to->prune(midnight + 6 * seconds_per_day, prune_for_days))
    REQUIRE(verified(file).empty());
  reader from{file};
  auto days = from.days({"1"}, day_of(midnight + 1), day_of(midnight + 90'000));
  REQUIRE(days.size() == 2);
  CHECK(days[0].record.open.value == 99'999);
  CHECK_FALSE(to->correct(page, "too late", problem));
}
