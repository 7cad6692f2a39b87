#include "actors/commands/sweep.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>

using namespace tidewire;
using commands::connection_cursor;

namespace {

struct entry {
  explicit entry(std::uint64_t n) : number(n) {}
  std::int64_t opened_ns() const noexcept { return 0; }

  std::uint64_t number;
  std::uint32_t live_place = UINT32_MAX;
};

using sets = std::vector<live_set<entry>>;

} // namespace

TEST_CASE("whoever is there all the time is seen, however others come and go") {
  std::mt19937 random{20261122};
  for (int round = 0; round < 300; ++round) {
    sets waiting(3);
    sets open(3);
    std::map<std::uint64_t, std::unique_ptr<entry>> all;
    std::set<std::uint64_t> steady;
    std::uint64_t last = 0;
    auto add = [&] {
      auto made = std::make_unique<entry>(++last);
      (random() % 4 == 0 ? waiting : open)[random() % 3].insert(*made);
      all.emplace(last, std::move(made));
    };
    // Whether it was taken out of `from`.
    auto take_out = [](entry& who, sets& from) {
      return std::any_of(from.begin(), from.end(), [&](auto& set) {
        auto& in = set.entries();
        return std::find(in.begin(), in.end(), &who) != in.end()
               && set.erase(who);
      });
    };
    for (auto i = random() % 60; i > 0; --i)
      add();
    for (auto& [number, who] : all)
      steady.insert(number);
    std::set<std::uint64_t> seen;
    connection_cursor at{std::nullopt};
    while (at.visit(waiting, open, 1 + random() % 7,
                    [&](const entry& who) { seen.insert(who.number); })) {
      for (auto changes = random() % 6; changes > 0; --changes) {
        if (random() % 2 == 0 || all.empty()) {
          add();
          continue;
        }
        auto who = std::next(
            all.begin(), static_cast<std::ptrdiff_t>(random() % all.size()));
        auto waited = take_out(*who->second, waiting);
        if (waited && random() % 2 == 0) {
          open[random() % 3].insert(*who->second); // accepted
          continue;
        }
        take_out(*who->second, open);
        steady.erase(who->first);
        all.erase(who);
      }
    }
    INFO("round " << round);
    for (auto number : steady)
      CHECK(seen.contains(number));
  }
}

TEST_CASE("a visit may end those it is shown") {
  sets waiting(1);
  sets open(1);
  std::vector<std::unique_ptr<entry>> all;
  for (std::uint64_t i = 0; i < 50; ++i) {
    all.push_back(std::make_unique<entry>(i));
    open[0].insert(*all.back());
  }
  std::set<std::uint64_t> seen;
  connection_cursor at{std::nullopt};
  while (at.visit(waiting, open, 8, [&](const entry& who) {
    seen.insert(who.number);
    open[0].erase(*all[who.number]);
  }))
    ;
  CHECK(seen.size() == 50);
  CHECK(open[0].size() == 0);
}

TEST_CASE("only one app is visited if only it is wanted") {
  sets waiting(3);
  sets open(3);
  entry here{1};
  entry there{2};
  open[1].insert(here);
  open[2].insert(there);
  std::set<std::uint64_t> seen;
  connection_cursor at{app_index{1}};
  while (at.visit(waiting, open, 8,
                  [&](const entry& who) { seen.insert(who.number); }))
    ;
  CHECK(seen == std::set<std::uint64_t>{1});
}
