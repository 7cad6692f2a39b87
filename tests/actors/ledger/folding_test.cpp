// Minutes that go into the chain a portion at a time.
#include "actors/ledger/schema.hpp"
#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include <filesystem>

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

namespace {

constexpr int apps_folded = 20;
constexpr store_limits in_portions{.fold_portion = 2};

struct file_of_a_life {
  temporary_folder folder;
  std::string file = folder.file("ledger.db");
  truth stated;
  speaker says{91, apps_folded};

  void write(store& to, tick t, bool restated) {
    to.write(says.say(t, restated));
    REQUIRE(to.health().alarm.empty());
    stated[t] = says.open();
  }
  std::int64_t rows(const char* table) const {
    auto db = open_to_read(file);
    auto row = db->prepare("SELECT count(*) FROM " + std::string{table});
    row.step();
    return row.number(0);
  }
};

} // namespace

TEST_CASE("while a minute is folded in portions, readers find every tick") {
  file_of_a_life it;
  auto first = midnight + 30'031; // in the middle of a minute
  store to{it.file, life(1), in_portions};
  for (auto t = first; t < first + 200; t = t + 1) {
    it.write(to, t, t == first);
    INFO("after tick " << t - first);
    REQUIRE(difference(it.file, it.stated, first, t, apps_folded).empty());
    REQUIRE(verified(it.file).empty());
  }
  CHECK(it.rows("entries") == 3);
}

TEST_CASE("no tick waits for more than a portion of a minute's records") {
  file_of_a_life it;
  store to{it.file, life(1), in_portions};
  auto t = midnight + 1;
  for (; t <= midnight + 60; t = t + 1)
    it.write(to, t, t == midnight + 1);
  // 21 records at 2 a tick, then the entry, then 60 rows of the journal.
  for (auto i = 0; i < 11; ++i, t = t + 1) {
    CHECK(it.rows("entries") == 0);
    it.write(to, t, false);
  }
  CHECK(it.rows("entries") == 1);
  CHECK(it.rows("journal") == 71);
  for (auto i = 0; i < 20; ++i, t = t + 1)
    it.write(to, t, false);
  CHECK(it.rows("journal") == 31);
}

TEST_CASE("portions or not, the chain is the same") {
  std::vector<std::string> links;
  for (auto limits : {store_limits{}, in_portions}) {
    file_of_a_life it;
    {
      store to{it.file, life(1), limits};
      for (auto t = midnight + 17; t <= midnight + 300; t = t + 1)
        it.write(to, t, t == midnight + 17);
      CHECK(to.say_goodbye());
    }
    CHECK(it.rows("journal") == 0);
    for (auto& x : heads(*open_to_read(it.file)))
      links.push_back(std::to_string(x.sequence) + to_hex(x.link));
  }
  REQUIRE(links.size() == 2);
  CHECK(links[0] == links[1]);
}

TEST_CASE("a minute is corrected while the next one is folded") {
  file_of_a_life it;
  auto corrected = 0;
  store to{it.file, life(1), in_portions};
  for (auto t = midnight + 1; t <= midnight + 180; t = t + 1) {
    it.write(to, t, t == midnight + 1);
    if (t < midnight + 121 || t > midnight + 135)
      continue;
    // Before its records, between them, and after its entry.
    minute_page page{minute_of(midnight + 1), whole_minute, {}};
    auto& record = page.apps[speaker::app(1)];
    auto open = static_cast<std::uint64_t>(t.number % 100);
    for (int i = 0; i < minute::ticks; ++i) {
      record.set(i, tick_figures::idle({.open = open}));
      it.stated[midnight + 1 + i][1] = open;
    }
    std::string problem;
    REQUIRE(to.correct(page, "by hand", problem));
    ++corrected;
    REQUIRE(verified(it.file).empty());
  }
  CHECK(it.rows("entries") == 2 + corrected);
  CHECK(
      difference(it.file, it.stated, midnight + 1, midnight + 180, apps_folded)
          .empty());
}

TEST_CASE("a life that ends in the middle of a fold is folded by the next") {
  for (auto ticks : {60, 61, 65, 70, 71, 72, 78, 91, 119, 120, 121, 128}) {
    file_of_a_life it;
    auto last = midnight + ticks;
    {
      store to{it.file, life(1), in_portions};
      for (auto t = midnight + 1; t <= last; t = t + 1)
        it.write(to, t, t == midnight + 1);
    }
    store next{it.file, life(2), in_portions};
    INFO(ticks << " ticks");
    REQUIRE(it.rows("journal") == 0);
    REQUIRE(verified(it.file).empty());
    REQUIRE(difference(it.file, it.stated, midnight + 1, last, apps_folded)
                .empty());
  }
}
