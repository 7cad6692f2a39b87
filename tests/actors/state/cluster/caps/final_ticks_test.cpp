// What a meter tells of ticks that have become final.
#include "actors/state/cluster/cluster_meter.hpp"
#include "tests/catch.hpp"

#include <deque>
#include <map>

using namespace tidewire::cluster;
using tidewire::meter::tick_block;
using tidewire::meter::tick_figures;

namespace {

constexpr tick first_tick{1'700'000'000};

// Two meters; what one sends the other has when it is let through.
struct pair_of_meters {
  struct letter {
    std::size_t to;
    record_kind kind;
    std::string bytes;
  };

  pair_of_meters() {
    cluster_meter_settings settings;
    settings.tell_finals = true;
    for (auto& x : who)
      meters.emplace_back(x, first_tick, settings);
    for (std::size_t i : {0, 1})
      with(i, [&](auto& m, auto& out) { m.linked(who[1 - i], out); });
    let_through();
  }

  template <class Do>
  void with(std::size_t i, Do what) {
    meter_effects out;
    what(meters[i], out);
    for (auto& x : out.finals)
      finals[i].push_back(std::move(x));
    for (auto& x : out.send)
      letters.push_back({1 - i, x.kind, std::move(x.bytes)});
  }
  void state(std::size_t i, std::int64_t at, std::uint64_t open,
             std::uint64_t broadcasts = 0) {
    auto f = tick_figures::idle({.open = open, .unbilled = open / 10});
    f.did.broadcasts = broadcasts;
    tick_block block{
        first_tick + at, at == 1, {{tidewire::meter::all_apps, f}, {{"7"}, f}}};
    with(i, [&](auto& m, auto& out) { m.state(block, out); });
  }
  void let_through() {
    while (!letters.empty()) {
      auto x = std::move(letters.front());
      letters.pop_front();
      with(x.to, [&](auto& m, auto& out) {
        CHECK(m.take(who[1 - x.to], x.kind, x.bytes, now_ns, out));
      });
    }
  }
  // Of the app, by tick: billable ones and broadcasts.
  using told = std::map<std::int64_t, std::pair<std::uint64_t, std::uint64_t>>;
  told of(std::size_t i) const {
    told out;
    for (auto& x : finals[i])
      for (auto& use : x.apps)
        if (use.app == "7")
          out[x.at - first_tick] = {use.billable, use.broadcasts};
    return out;
  }

  std::vector<life> who{{"a", 1}, {"b", 1}};
  std::vector<cluster_meter> meters;
  std::deque<letter> letters;
  std::vector<final_tick> finals[2];
  std::int64_t now_ns = 0;
};

} // namespace

TEST_CASE("both nodes tell the same sums of the same ticks, in order") {
  pair_of_meters c;
  c.state(0, 1, 10, 1);
  c.let_through();
  CHECK(c.finals[0].empty());
  c.state(1, 1, 20, 2);
  c.let_through();
  c.state(0, 2, 11);
  c.state(1, 2, 20, 5);
  c.let_through();
  CHECK(c.of(0) == pair_of_meters::told{{1, {27, 3}}, {2, {28, 5}}});
  CHECK(c.of(0) == c.of(1));
  CHECK(c.finals[0].front().whole);
  CHECK_FALSE(c.finals[0].back().whole);
}

TEST_CASE("ticks that become final at one go are told one by one") {
  pair_of_meters c;
  for (std::int64_t t = 1; t <= 5; ++t)
    c.state(0, t, 10 * static_cast<std::uint64_t>(t), 1);
  c.let_through();
  CHECK(c.finals[1].empty());
  for (std::int64_t t = 1; t <= 5; ++t)
    c.state(1, t, 0, 1);
  c.let_through();
  pair_of_meters::told all{
      {1, {9, 2}}, {2, {18, 2}}, {3, {27, 2}}, {4, {36, 2}}, {5, {45, 2}}};
  CHECK(c.of(0) == all);
  CHECK(c.of(1) == all);
}

TEST_CASE("an app whose node died is told of once it has ended") {
  pair_of_meters c;
  c.state(0, 1, 10);
  c.state(1, 1, 20);
  c.let_through();
  c.with(0, [&](auto& m, auto& out) {
    m.unlinked(c.who[1]);
    m.proved_dead(c.who[1], out);
  });
  c.state(0, 2, 10);
  c.with(0, [&](auto& m, auto& out) { m.turn(first_tick + 2, 1, out); });
  CHECK(c.of(0) == pair_of_meters::told{{1, {27, 0}}, {2, {9, 0}}});
}

TEST_CASE("who does not fold is told nothing") {
  meter_effects out;
  cluster_meter alone{{"a", 1}, first_tick};
  tick_block block{first_tick + 1, true, {}};
  alone.state(block, out);
  CHECK(alone.last_final().any);
  CHECK(out.finals.empty());
}
