// How the last of a life is found, kept and told.
#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/meter/journal.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace tidewire::cluster;
using tidewire::meter::tick_block;
using tidewire::meter::tick_figures;

namespace {

constexpr tick first_tick{1'700'000'000};

std::string bytes_of(std::int64_t at, std::optional<std::uint64_t> open,
                     bool restated = false) {
  tick_block out{first_tick + at, restated, {}};
  if (open) {
    auto f = tick_figures::idle({.open = *open});
    out.apps = {{tidewire::meter::all_apps, f}, {{"7"}, f}};
  }
  return tidewire::meter::encode(out);
}

struct ends_bench {
  explicit ends_bench(std::int64_t begins = 0,
                      cluster_meter_settings settings = {})
      : meter({"me", 1}, first_tick + begins, settings) {
    meter.linked(a, out);
    meter.linked(b, out);
    out = {};
  }

  void rows(const life& whose, std::vector<std::string> blocks,
            std::vector<named_life> roster = {}) {
    rows_told told{whose, first_tick + 1, std::move(roster), {}};
    for (auto& x : blocks)
      told.rows.push_back({0, std::move(x)});
    CHECK(meter.take(whose, rows_kind, encode(told), 0, out));
  }

  // What a peer says of a life: rows up to a tick, and that it ended there.
  void held(const life& from, const life& whose, std::int64_t last,
            bool ended = true) {
    held_life x;
    x.life = {whose, first_tick + 1};
    x.covered.add({first_tick + 1, first_tick + last});
    if (ended)
      x.end = life_end{end_kind::dead, first_tick + last};
    else
      x.closing = end_kind::dead;
    CHECK(meter.take(from, held_kind, encode(held_told{false, {x}}), 0, out));
  }

  // The last tick of a life as it was told to a peer, or to all.
  std::optional<tick> end_told(const life& whose, std::optional<life> to) {
    std::optional<tick> result;
    for (auto& x : out.send)
      if (x.kind == held_kind && x.to == to) {
        auto told = decode_held(x.bytes);
        for (auto& each : told->lives)
          if (each.life.who == whose && each.end)
            result = each.end->last;
      }
    return result;
  }

  life a{"a", 2}, b{"b", 3};
  cluster_meter meter;
  meter_effects out;
};

} // namespace

TEST_CASE("a row behind one that is missing speaks for the apps it names") {
  ends_bench x;
  x.rows(x.a, {bytes_of(1, 5, true), bytes_of(3, 2)});
  x.meter.proved_dead(x.a, x.out);
  REQUIRE(!x.out.last.empty());
  auto& said = x.out.last.back();
  CHECK(said.at == first_tick + 1);
  REQUIRE(said.apps.size() == 1);
  CHECK(said.apps[0].open == 2);
  CHECK(said.apps[0].at == first_tick + 3);
}

TEST_CASE("who had nothing at its end is said to have had nothing") {
  ends_bench x;
  x.rows(x.a, {bytes_of(1, 5, true), bytes_of(2, {}, true)});
  x.meter.proved_dead(x.a, x.out);
  REQUIRE(!x.out.last.empty());
  CHECK(x.out.last.back().at == first_tick + 2);
  CHECK(x.out.last.back().apps.empty());
}

TEST_CASE("an end is told to all at once, and again to who knows less") {
  ends_bench x;
  life dead{"dead", 4};
  x.held(x.a, dead, 5);
  CHECK(x.end_told(dead, std::nullopt) == first_tick + 5);
  x.out = {};
  x.held(x.b, dead, 3);
  CHECK(x.end_told(dead, x.b) == first_tick + 5);
  x.out = {};
  x.held(x.b, dead, 5);
  CHECK(x.out.send.empty()); // they agree
}

TEST_CASE("how a life stood at its end is asked for, also if that was before "
          "this life") {
  ends_bench x{5};
  life dead{"dead", 4};
  x.held(x.a, dead, 5);
  std::optional<rows_asked> asked;
  for (auto& each : x.out.send)
    if (each.kind == ask_rows_kind && each.to == x.a)
      asked = decode_ask(each.bytes);
  REQUIRE(asked);
  CHECK(asked->whose == dead);
  CHECK(asked->from == first_tick + 5);
  CHECK(asked->standing);
}

TEST_CASE("who had this node's name before is over, if only the name is "
          "known") {
  ends_bench x;
  life before{"me", 7};
  x.rows(x.a, {bytes_of(1, 5, true)}, {{before, {}}});
  x.rows(x.b, {bytes_of(1, 0, true)});
  for (auto& peer : {x.a, x.b}) {
    held_life nothing;
    nothing.life.who = before;
    nothing.closing = end_kind::dead;
    CHECK(x.meter.take(peer, held_kind, encode(held_told{false, {nothing}}), 0,
                       x.out));
  }
  auto block_1 = tidewire::meter::decode_block(bytes_of(1, 0, true));
  x.meter.state(std::get<tick_block>(block_1), x.out);
  CHECK(x.meter.final_through() == first_tick + 1);
}

TEST_CASE("rows that wait for one before them are kept before memory lets "
          "them go") {
  cluster_meter_settings settings;
  settings.kept_ticks = 3;
  ends_bench x{0, settings};
  x.rows(x.a, {bytes_of(1, 5, true), bytes_of(3, 6), bytes_of(4, 6),
               bytes_of(5, 6), bytes_of(6, 6), bytes_of(7, 6)});
  x.meter.turn(first_tick + 7, 0, x.out);
  std::vector<tick> kept;
  for (auto& each : x.out.keep)
    for (auto& row : each.rows)
      kept.push_back(row.at);
  CHECK(std::count(kept.begin(), kept.end(), first_tick + 3) == 1);
  CHECK(std::count(kept.begin(), kept.end(), first_tick + 7) == 0); // it waits
}
