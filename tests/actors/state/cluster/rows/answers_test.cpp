#include "actors/state/cluster/cluster_meter.hpp"

#include "tests/actors/state/cluster/rows/blocks.hpp"
#include "tests/catch.hpp"

#include <utility>

using namespace tidewire::cluster;
using namespace tidewire::cluster::testing;
using tidewire::meter::all_apps;
using tidewire::meter::tick_block;
using tidewire::meter::tick_figures;

namespace {

constexpr std::int64_t asked_at_ns = 1'000'000'000;

void state_open(cluster_meter& m, std::int64_t at, std::uint64_t open,
                bool restated) {
  meter_effects out;
  m.state(
      {zero + at, restated, {{all_apps, tick_figures::idle({.open = open})}}},
      out);
}

} // namespace

// It was heard of only, and asked from the first tick that was not final: its
// last row says nothing of those before.
TEST_CASE("an answer says nothing of ticks before the one it was asked from") {
  life old{"n0", 1}, young{"n1", 1};
  cluster_meter author{old, zero}, asker{young, zero + 7};
  for (std::int64_t t = 1; t <= 10; ++t)
    state_open(author, t, 5, t == 1);
  for (std::int64_t t = 8; t <= 10; ++t)
    state_open(asker, t, 3, t == 8);
  REQUIRE(asker.final_through() == zero + 10);

  meter_effects of_author, of_asker;
  author.linked(young, of_author);
  asker.linked(old, of_asker);
  of_author.send.clear(); // what it holds is still under way
  of_asker.send.clear();
  asker.turn(zero + 12, asked_at_ns, of_asker);
  auto exchange = [&](bool answers_more) {
    for (auto& x : std::exchange(of_asker.send, {}))
      if (x.kind == ask_rows_kind)
        CHECK(author.take(young, x.kind, x.bytes, asked_at_ns, of_author));
    for (auto& x : std::exchange(of_author.send, {})) {
      if (!answers_more)
        of_asker.send.clear(); // it has answered enough for this second
      if (x.kind != held_kind)
        CHECK(asker.take(old, x.kind, x.bytes, asked_at_ns, of_asker));
    }
  };
  exchange(false);
  for (auto i = 0; i < 5; ++i)
    exchange(true);
  asker.turn(zero + 12, asked_at_ns, of_asker);
  REQUIRE(of_asker.corrections.size() == 1);
  CHECK(of_asker.corrections[0].whose == old);
  CHECK(of_asker.corrections[0].ticks == tick_run{zero + 8, zero + 10});
  CHECK(asker.last_final().of(0).open == 8);
}
