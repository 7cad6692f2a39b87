// Every app in one pass, and what days say.
#include "actors/ledger/prune.hpp"
#include "actors/ledger/schema.hpp"
#include "actors/state/meter/journal.hpp"
#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

namespace {

constexpr int apps_each = 6;

tick at(int day, int second) {
  return midnight + day * seconds_per_day + second;
}

// The first app whose statement of the one pass is not its own.
std::string first_difference(const std::string& file, window over,
                             std::int64_t interval) {
  reader from{file};
  auto found = from.state_each(over, interval);
  auto* each = std::get_if<std::vector<reader::app_statement>>(&found);
  if (!each)
    return std::get<statement_error>(found).message;
  auto ids = from.apps();
  if (each->size() != ids.size() + 1)
    return "other apps";
  for (std::size_t i = 0; i < each->size(); ++i) {
    auto& id = i == 0 ? all_apps : ids[i - 1];
    if ((*each)[i].app != id)
      return "another order";
    if ((*each)[i].what
        != std::get<statement>(from.state(over, interval, {&id, 1})))
      return "app " + id.text;
  }
  return {};
}

// Two lives with holes and a goodbye between them, another node beside them,
// and what is in the journal still.
struct three_days {
  temporary_folder folder;
  std::string file = folder.file("ledger.db");

  explicit three_days(int percent) {
    speaker says{81, apps_each, percent}, others{82, apps_each - 2, percent};
    fill(file, life(1), says, at(0, 30'000), at(1, 50'000));
    store{file, life(1)}.say_goodbye();
    fill(file, life(2), says, at(1, 50'300), at(2, 40'000));
    fill(file, {"b", 7}, others, at(1, 3'000), at(2, 39'000));
    {
      auto db = open_to_write(file);
      auto me = *find_author(*db, life(2));
      sqlite::transaction change{*db};
      for (auto t = at(2, 40'001); t < at(2, 40'100); t = t + 1)
        put_block(*db, me, t, encode(says.say(t, t == at(2, 40'001))));
      change.commit();
    }
  }
};

const meter_settings prune_for_each{
    .tick_days = 1, .minute_days = 2, .time_zone = "UTC"};

} // namespace

TEST_CASE("one pass says of each app what its own statement says") {
  for (auto percent : {1, 40}) {
    three_days of{percent};
    for (auto [over, interval] :
         {std::pair{window{midnight.number, at(3, 0).number}, 60},
          {window{at(0, 40'017).number, at(2, 40'044).number}, 7},
          {window{at(1, 0).number, at(2, 0).number}, 300},
          {window{at(1, 49'000).number, at(1, 51'000).number}, 1},
          {window{at(7, 0).number, at(8, 0).number}, 60}}) {
      INFO(percent << " % " << over.from << ' ' << interval);
      CHECK(first_difference(of.file, over, interval).empty());
    }
  }
}

TEST_CASE("one pass says so of what is pruned to minutes, and can be ended") {
  three_days of{2};
  {
    auto db = open_to_write(of.file);
    while (prune_portion(*db, at(3, 0),
                         {.tick_days = 1, .minute_days = 30, .time_zone = ""}))
      ;
  }
  CHECK(first_difference(of.file, {at(0, 0).number, at(2, 0).number}, 60)
            .empty());
  reader from{of.file};
  std::int64_t last = 0;
  auto ended = from.state_each({at(0, 0).number, at(3, 0).number}, 60,
                               [&](std::int64_t seconds) {
                                 last = seconds;
                                 return seconds < 100'000;
                               });
  CHECK(std::holds_alternative<statement_error>(ended));
  CHECK(last >= 100'000);
  CHECK(last < 110'000);
}

TEST_CASE("statements of whole days outlive their minutes") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{83, apps_each, 2};
  fill(file, life(1), says, at(0, 1), at(2, 50'000));
  fill(file, life(2), says, at(2, 50'200), at(5, 0));
  window all{at(0, 0).number, at(5, 0).number};
  auto state = [&](window over, std::int64_t interval,
                   std::vector<app_id> of = {speaker::app(1)}) {
    return reader{file}.state(over, interval, of);
  };
  auto before = std::get<statement>(state(all, 60));
  auto sum_before = std::get<statement>(state(all, 60, {all_apps}));
  {
    auto db = open_to_write(file);
    while (prune_portion(*db, at(6, 0), prune_for_each))
      ;
  }
  CHECK(reader{file}
            .days(speaker::app(1), day_of(at(0, 1)), day_of(at(5, 0)))
            .size()
        >= 3);
  auto without_doubts = [](statement s) {
    s.doubts.clear();
    return s;
  };
  CHECK(without_doubts(std::get<statement>(state(all, 60)))
        == without_doubts(before));
  CHECK(without_doubts(std::get<statement>(state(all, 60, {all_apps})))
        == without_doubts(sum_before));
  CHECK(first_difference(file, all, 60).empty());

  auto why = [&](auto&& found) {
    auto* error = std::get_if<statement_error>(&found);
    return error ? error->message : std::string{};
  };
  CHECK(why(state({all.from + 3600, all.to}, 60))
        == "Up to 2026-02-18 only whole days are kept (meter.minute_days): ask "
           "for a window of whole days in UTC.");
  CHECK(why(state(all, 300)).ends_with("ask for samples of 60 s."));
  CHECK(why(state(all, 60, {speaker::app(1), speaker::app(2)}))
            .find("several apps")
        != std::string::npos);
  // What is later than that is as it was.
  CHECK(std::holds_alternative<statement>(
      state({at(4, 60).number, at(4, 120).number}, 60)));
}

TEST_CASE("days of two nodes are not added up") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  speaker says{84, 1, 2};
  fill(file, life(1), says, at(0, 1), at(1, 0));
  fill(file, {"b", 1}, says, at(0, 1), at(1, 0));
  {
    auto db = open_to_write(file);
    while (prune_portion(*db, at(9, 0), prune_for_each))
      ;
  }
  auto app = speaker::app(1);
  auto found =
      reader{file}.state({at(0, 0).number, at(1, 0).number}, 60, {&app, 1});
  REQUIRE(std::holds_alternative<statement_error>(found));
  CHECK(std::get<statement_error>(found).message.find("a and b served")
        != std::string::npos);
}
