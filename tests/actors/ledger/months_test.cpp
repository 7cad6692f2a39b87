#include "actors/ledger/months.hpp"

#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;

namespace {

// States a broadcast of app 1 in each second, and two of app 2.
void state(store& to, meter::tick first, meter::tick last) {
  for (auto at = first; at <= last; at = at + 1) {
    meter::tick_block block{
        at, at == first || (at - 1).number % 86'400 == 0, {}};
    meter::tick_figures one, two, both;
    one.did.broadcasts = 1;
    two.did.broadcasts = 2;
    both.did.broadcasts = 3;
    block.apps = {{meter::all_apps, both}, {{"1"}, one}, {{"2"}, two}};
    to.write(block);
  }
}

} // namespace

TEST_CASE("the month so far is what earlier lives stated in it") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  auto month = meter::window{midnight.number - 3600, midnight.number + 86'400};
  {
    store before{file, life(1)};
    // The first minute is the month's before.
    state(before, midnight - 3659, midnight - 3600);
    state(before, midnight - 3599, midnight - 3500);
  }
  store now{file, life(2)};
  month_counter counter{file, life(2)};
  CHECK(counter.count({"1"}, month, true) == 100);
  state(now, midnight - 3498, midnight - 3400);
  CHECK(counter.count({"1"}, month, true) == 100);
  CHECK(counter.count({"2"}, month, true) == 200);
  CHECK(counter.count({"3"}, month, true) == 0);
  // Whole minutes of everybody: up to 3480, and what is not folded yet.
  month.to = midnight.number - 3420;
  CHECK(counter.count({"1"}, month, false) == 100 + 79);
  month.to = midnight.number - 3421;
  CHECK(counter.count({"1"}, month, false) == 100 + 19);
  CHECK(counter.count({"1"}, {month.from, month.from}, true) == 0);
}

TEST_CASE("pruned minutes and days count as they did before") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  store before{file, life(1)};
  state(before, midnight + 1, midnight + 600);
  state(before, midnight + 86'401, midnight + 86'700);
  month_counter counter{file, life(2)};
  meter::window month{midnight.number, midnight.number + 10 * 86'400};
  CHECK(counter.count({"1"}, month, true) == 900);
  meter::meter_settings settings;
  settings.tick_days = 1;
  settings.minute_days = 2;
  while (before.prune(midnight + 5 * 86'400, settings))
    ;
  CHECK(counter.count({"1"}, month, true) == 900);
}

TEST_CASE("many apps of a month are counted in one pass, to the same numbers") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  constexpr int apps = 30;
  speaker says{97, apps};
  fill(file, life(1), says, midnight + 1, midnight + 90'000);
  {
    store more{file, life(2)};
    for (auto t = midnight + 90'100; t <= midnight + 90'400; t = t + 1)
      more.write(says.say(t, t == midnight + 90'100));
  }
  store now{file, life(3)};
  for (auto t = midnight + 90'500; t <= midnight + 90'600; t = t + 1)
    now.write(says.say(t, t == midnight + 90'500));
  meter::window month{midnight.number, midnight.number + 90'499};
  month_counter together{file, life(3)};
  std::uint64_t sum = 0;
  for (auto i = 0; i <= apps; ++i) {
    month_counter alone{file, life(3)};
    auto app = speaker::app(i);
    auto count = alone.count(app, month, true);
    CHECK(together.count(app, month, true) == count);
    sum += i > 0 ? count : 0;
  }
  CHECK(sum > 0);
  CHECK(together.count(meter::all_apps, month, true) == sum);
  CHECK(together.count({"nobody"}, month, true) == 0);
}
