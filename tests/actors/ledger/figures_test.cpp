// What the ledger costs: bytes and time. The limits of time are loose, since
// tests run on any machine; the figures are printed.
#include "actors/ledger/schema.hpp"
#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include <ctime>

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

namespace {

struct cost {
  double ms = 0;  ///< by the clock on the wall: what others do counts, too
  double cpu = 0; ///< ms of this thread

  friend bool operator<(const cost& a, const cost& b) { return a.cpu < b.cpu; }
  friend std::ostream& operator<<(std::ostream& out, const cost& x) {
    return out << x.ms << " ms (" << x.cpu << " of CPU)";
  }
};

double clock_ms(clockid_t which) {
  timespec t{};
  ::clock_gettime(which, &t);
  return static_cast<double>(t.tv_sec) * 1e3
         + static_cast<double>(t.tv_nsec) / 1e6;
}

template <class Do>
cost cost_of(Do what) {
  auto wall = clock_ms(CLOCK_MONOTONIC);
  auto cpu = clock_ms(CLOCK_THREAD_CPUTIME_ID);
  what();
  return {clock_ms(CLOCK_MONOTONIC) - wall,
          clock_ms(CLOCK_THREAD_CPUTIME_ID) - cpu};
}

std::int64_t count(const std::string& file, const char* sql) {
  auto db = open_to_read(file);
  auto row = db->prepare(sql);
  row.step();
  return row.number(0);
}

} // namespace

TEST_CASE("an app that changes each second takes at most 400 bytes a minute") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{71, 300, 100};
  fill(file, life(1), says, midnight + 1, midnight + 3600);
  auto size = static_cast<double>(std::filesystem::file_size(file));
  auto records = count(file, "SELECT count(*) FROM records");
  auto bytes = count(file, "SELECT sum(length(record)) FROM records");
  CHECK(records == 301 * 60);
  auto each = size / static_cast<double>(records);
  WARN(each << " bytes of the file for each app and minute, "
            << static_cast<double>(bytes) / static_cast<double>(records)
            << " of them its record");
  CHECK(each <= 400);
}

TEST_CASE("a tick of 10,000 apps is committed in good time") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  store to{file, life(1)};
  speaker says{72, 10'000, 100};
  std::vector<cost> ticks;
  // Each minute is folded while the next one is written; in the first two there
  // is more to do, because the apps are new to the file.
  for (auto t = midnight + 1; t <= midnight + 180; t = t + 1) {
    auto block = says.say(t, t == midnight + 1);
    auto took = cost_of([&] { to.write(block); });
    if (t > midnight + 120)
      ticks.push_back(took);
  }
  CHECK(to.health().alarm.empty());
  CHECK(count(file, "SELECT count(*) FROM records") == 20'002);
  CHECK(count(file, "SELECT count(*) FROM journal") == 60);
  std::sort(ticks.begin(), ticks.end());
  WARN("10,000 apps, all changed: a tick, with its share of the fold, takes "
       << ticks[30] << " in the median, " << ticks[58] << " and " << ticks[59]
       << " at most");
  CHECK(ticks[30].cpu <= 250);
  CHECK(ticks[59].cpu <= 1000);
}

TEST_CASE("a month of one app is stated in good time") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  constexpr int apps = 10;
  {
    // The same minute again and again: records of the usual size.
    speaker says{73, apps, 100};
    auto first = minute_of(midnight + 1);
    minute_fold fold{first, false};
    for (int i = 0; i < minute::ticks; ++i)
      fold.add(says.say(first.at(i), i == 0));
    record_bytes records;
    for (auto& [app, record] : fold.page().apps)
      records.emplace(app, encode(record));
    auto db = open_to_write(file);
    auto me = make_author(*db, life(1), first.first());
    sqlite::transaction change{*db};
    for (int m = 0; m < 30 * 1440; ++m)
      append(*db, me, {0, entry_kind::minute, first + m, whole_minute, {}},
             records);
    change.commit();
  }
  reader from{file};
  auto app = speaker::app(3);
  window month{midnight.number, midnight.number + 30 * seconds_per_day};
  cost took;
  for (int i = 0; i < 2; ++i)
    took = cost_of([&] {
      auto found = std::get<statement>(from.state(month, 60, {&app, 1}));
      CHECK(found.known_seconds == 30 * seconds_per_day);
    });
  auto fine = cost_of([&] { from.state(month, 1, {&app, 1}); });
  auto every = cost_of([&] {
    auto found = from.state_each(month, 60);
    CHECK(std::get<std::vector<reader::app_statement>>(found).size()
          == apps + 1);
  });
  auto check = cost_of([&] { CHECK_FALSE(from.verify()); });
  WARN("30 days of one of " << apps << " apps, active each minute: " << took
                            << "; with samples of 1 s " << fine << "; all "
                            << apps + 1 << " in one pass " << every
                            << "; to verify them " << check);
  CHECK(took.cpu <= 1000);
}
