#include "tests/actors/ledger/support.hpp"

#include "actors/ledger/schema.hpp"

#include <algorithm>

namespace tidewire::ledger::testing {

using namespace meter;

speaker::speaker(std::uint32_t seed, int apps, int percent_changing)
    : random_(seed),
      percent_(percent_changing),
      open_(static_cast<std::size_t>(apps) + 1) {}

app_id speaker::app(int place) {
  return place == 0 ? all_apps : app_id{std::to_string(place)};
}

// Changes the app and the sum of all.
tick_figures speaker::change(std::size_t place) {
  auto came = random_() % 30;
  auto left = std::min<std::uint64_t>(random_() % 30, open_[place]);
  auto before = open_[place];
  open_[place] += came - left;
  open_[0] += came - left;
  tick_figures f;
  f.now = {.open = open_[place], .users = open_[place] / 2};
  f.lowest = before - left;
  f.highest = before + came;
  f.connection_ms = static_cast<std::int64_t>((before + open_[place]) * 500);
  f.did.opened = came;
  f.did.closed[0] = left;
  f.did.broadcasts = random_() % 1000;
  f.did.deliveries = f.did.broadcasts * 100;
  f.did.bytes = f.did.broadcasts * 20'000;
  return f;
}

tick_block speaker::say(tick at, bool restated) {
  tick_block block{at, restated, {}};
  auto before = open_[0];
  counts sum;
  std::int64_t time = 0;
  for (std::size_t i = 1; i < open_.size(); ++i) {
    if (static_cast<int>(random_() % 100) < percent_)
      block.apps.push_back({app(static_cast<int>(i)), change(i)});
    else if (restated && open_[i] > 0)
      block.apps.push_back(
          {app(static_cast<int>(i)),
           tick_figures::idle({.open = open_[i], .users = open_[i] / 2})});
    else
      continue;
    sum += block.apps.back().figures.did;
    time += block.apps.back().figures.connection_ms;
  }
  if (!block.apps.empty()) {
    auto f = tick_figures::idle({.open = open_[0], .users = open_[0] / 2});
    f.lowest = std::min(before, open_[0]);
    f.highest = std::max(before, open_[0]);
    f.connection_ms = time;
    f.did = sum;
    block.apps.push_back({all_apps, f});
  }
  std::sort(block.apps.begin(), block.apps.end(),
            [](auto& a, auto& b) { return a.app < b.app; });
  return block;
}

void fill(const std::string& file, const author& who, speaker& says, tick first,
          tick last) {
  auto db = open_to_write(file);
  auto me = make_author(*db, who, first);
  sqlite::transaction change{*db};
  auto continues = false, restate = true;
  for (auto m = minute_of(first); m <= minute_of(last); m = m + 1) {
    minute_fold fold{m, continues};
    for (auto t = std::max(first, m.first()); t <= std::min(last, m.last());
         t = t + 1) {
      auto block = says.say(t, restate || day_of(t).first() == t);
      restate = m.number % 1000 == 0 && place_of(t) == 20;
      if (!restate)
        fold.add(block);
    }
    auto page = fold.page();
    record_bytes records;
    for (auto& [app, record] : page.apps)
      records.emplace(app, encode(record));
    append(*db, me, {0, entry_kind::minute, m, page.known, {}}, records);
    continues = (page.known & bit(minute::ticks - 1)) != 0;
  }
  change.commit();
}

std::string difference(const std::string& file, const truth& what, tick first,
                       tick last, int apps) {
  reader from{file};
  for (int i = 0; i <= apps; ++i) {
    std::string found;
    auto next = first;
    auto look = [&](tick t, bool known, std::uint64_t open) {
      auto it = what.find(t);
      auto expected =
          it == what.end()
              ? std::string{"unknown"}
              : std::to_string(it->second[static_cast<std::size_t>(i)]);
      auto is = known ? std::to_string(open) : std::string{"unknown"};
      if (found.empty() && is != expected)
        found = "app " + speaker::app(i).text + " at tick "
                + std::to_string(t.number) + " is " + is + ", not " + expected;
    };
    auto app = speaker::app(i);
    from.slices({first.number - 1, last.number}, {&app, 1}, [&](auto& slice) {
      for (int place = 0; place < minute::ticks; ++place) {
        auto t = slice.at.at(place);
        if (t < first || last < t)
          continue;
        for (; next < t; next = next + 1)
          look(next, false, 0);
        look(t, (slice.known & bit(place)) != 0,
             slice.sum.open[static_cast<std::size_t>(place)]);
        next = t + 1;
      }
      return found.empty();
    });
    for (; next <= last && found.empty(); next = next + 1)
      look(next, false, 0);
    if (!found.empty())
      return found;
  }
  return {};
}

std::string verified(const std::string& file) {
  auto found = reader{file}.verify();
  return found ? found->sentence : std::string{};
}

author life(std::uint64_t incarnation) {
  return {"a", incarnation};
}

} // namespace tidewire::ledger::testing
