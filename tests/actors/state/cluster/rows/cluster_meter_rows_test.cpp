// Rows that are fetched, come again, or cannot be.
#include "actors/state/meter/journal.hpp"
#include "tests/actors/state/cluster/rows/blocks.hpp"
#include "tests/catch.hpp"

#include <chrono>

using namespace tidewire::cluster;
using namespace tidewire::cluster::testing;
using tidewire::meter::app_id;
using tidewire::meter::tick_block;
using tidewire::meter::tick_figures;

TEST_CASE("a row that comes again is the first one; with other bytes, too") {
  cluster_meter m{{"me", 1}, zero};
  meter_effects out;
  life other{"other", 2};
  m.linked(other, out);
  auto say = [&](std::uint64_t open) {
    rows_told told{other, zero + 1, {{other, zero + 1}}, {}};
    told.rows.push_back({0, tidewire::meter::encode(block(1, open, true))});
    return m.take(other, rows_kind, encode(told), 0, out);
  };
  CHECK(say(5));
  CHECK(say(5));
  CHECK(m.disputes() == 0);
  CHECK(say(6));
  CHECK(m.disputes() == 1);
  CHECK(m.at(zero + 1).least[0].open == 5);
}

// One who was not there when they came cannot give them, but how it went on.
TEST_CASE("rows that one peer has no more in memory are fetched from who has") {
  cluster_meter m{{"me", 1}, zero};
  meter_effects out;
  life author{"author", 2}, newcomer{"newcomer", 3};
  std::int64_t now_ns = 0;
  auto row = [&](std::int64_t at) {
    return told_row{0, tidewire::meter::encode(block(at, 5, at == 1))};
  };
  auto rows = [&](const life& from, const life& whose, std::int64_t first,
                  std::int64_t last) {
    rows_told told{whose, zero + 1, {{whose, zero + 1}}, {}};
    for (auto t = first; t <= last; ++t)
      told.rows.push_back(row(t));
    CHECK(m.take(from, rows_kind, encode(told), now_ns, out));
  };
  auto asked_for = [&](std::int64_t now) {
    out = {};
    now_ns += 2'000'000'000;
    m.turn(zero + now, now_ns, out);
    std::optional<std::pair<life, tick>> result;
    for (auto& x : out.send)
      if (x.kind == ask_rows_kind)
        result = {*x.to, decode_ask(x.bytes)->from};
    return result;
  };
  m.linked(author, out);
  m.linked(newcomer, out);
  rows(author, author, 1, 2);
  rows(newcomer, newcomer, 1, 10);
  for (std::int64_t t = 1; t <= 10; ++t)
    m.state(block(t, 1, t == 1), out);
  CHECK(m.final_through() == zero + 2);
  m.unlinked(author);
  held_told held{false, {{{author, zero + 1}, {}, {}, {}}}};
  held.lives[0].covered.add({zero + 1, zero + 10});
  CHECK(m.take(newcomer, held_kind, encode(held), now_ns, out));
  CHECK(asked_for(10) == std::pair{newcomer, zero + 3});
  standing_told stood{author, zero + 1,
                      tidewire::meter::encode(block(8, 5, true))};
  CHECK(m.take(newcomer, standing_kind, encode(stood), now_ns, out));
  rows(newcomer, author, 9, 10);
  CHECK_FALSE(asked_for(10)); // it has said all that it can

  m.linked(author, out);
  CHECK(asked_for(10) == std::pair{author, zero + 3});
  rows(author, author, 3, 8);
  CHECK(m.final_through() == zero + 10);
  CHECK(m.last_final().of(0).open == 11);
}

TEST_CASE("who said goodbye lost nobody, also if the last row did not come") {
  cluster_meter m{{"me", 1}, zero};
  meter_effects out;
  life other{"other", 2};
  m.linked(other, out);
  rows_told told{other, zero + 1, {}, {}};
  told.rows.push_back({0, tidewire::meter::encode(block(1, 5, true))});
  CHECK(m.take(other, rows_kind, encode(told), 0, out));
  m.proved_dead(other, out);
  REQUIRE(out.last.size() > 0);
  CHECK(out.last.back().at == zero + 1);
  CHECK(out.last.back().apps.at(0).open == 5);
  out = {};
  held_told held{
      false,
      {{{other, zero + 1}, {}, life_end{end_kind::goodbye, zero + 2}, {}}}};
  CHECK(m.take(other, held_kind, encode(held), 0, out));
  m.turn(zero + 3, 0, out);
  REQUIRE(out.last.size() > 0);
  CHECK(out.last.back().at == zero + 2);
  CHECK(out.last.back().left);
  CHECK(out.last.back().apps.empty());
}

// Who was told only how the apps stood cannot keep that row, nor pass it on:
// three who were told so would agree that it never was.
TEST_CASE("an answer that begins before the first row has that row") {
  life author{"author", 2}, asker{"asker", 3};
  cluster_meter m{author, zero};
  meter_effects out;
  m.linked(asker, out);
  m.state(block(4, 5, true), out);
  m.state(block(5, 6), out);
  out = {};
  rows_asked asked{author, zero + 3, true};
  CHECK(m.take(asker, ask_rows_kind, encode(asked), 1'000'000'000, out));
  REQUIRE(out.send.size() == 1);
  REQUIRE(out.send[0].kind == rows_kind);
  auto told = decode_rows(out.send[0].bytes);
  REQUIRE(told);
  CHECK(told->rows.size() == 2);
}

// The ledgers may meet before anybody says who was there.
TEST_CASE("rows that are on disk before the life is heard of are known") {
  cluster_meter m{{"me", 1}, zero};
  meter_effects out;
  named_life gone{{"gone", 2}, zero + 1};
  m.known({{"older", 1}, zero - 9}, {zero - 9, zero - 5}, out);
  m.known(gone, {zero + 1, zero + 2}, out);
  REQUIRE(m.lives().size() == 2); // `older` is the ledger's business only
  m.ended(gone.who, {end_kind::dead, zero + 2}, out);
  for (std::int64_t t = 1; t <= 4; ++t)
    m.state(block(t, 1, t == 1), out);
  CHECK(m.final_through() == zero + 4);
}

TEST_CASE("rows that cannot be are refused") {
  cluster_meter m{{"me", 1}, zero};
  meter_effects out;
  life other{"other", 2};
  auto say = [&](std::int64_t at, std::uint64_t gap, bool restated) {
    rows_told told{other, zero + 5, {}, {}};
    told.rows.push_back({gap, tidewire::meter::encode(block(at, 1, restated))});
    return m.take(other, rows_kind, encode(told), 0, out);
  };
  CHECK_FALSE(say(5, 0, true)); // from one who is not linked
  m.linked(other, out);
  CHECK(say(5, 0, true));
  CHECK_FALSE(say(4, 0, true));     // before its first
  CHECK_FALSE(say(8, 2, false));    // a gap that does not restate
  CHECK_FALSE(say(8, 9, true));     // a gap to before its first
  CHECK_FALSE(say(4000, 0, false)); // from the future
  CHECK_FALSE(m.take(other, rows_kind, "?", 0, out));
  CHECK_FALSE(m.take(other, 71, "", 0, out));
  CHECK(m.malformed() == 7);
}

TEST_CASE("ten thousand apps on seven nodes cost little if few of them "
          "change") {
  cluster_meter m{{"n0", 1}, zero};
  meter_effects out;
  std::vector<life> others;
  for (int i = 1; i < 7; ++i) {
    others.push_back({"n" + std::to_string(i), 1});
    m.linked(others.back(), out);
  }
  auto make = [](std::int64_t at, int apps, bool restated) {
    tick_block b{zero + at, restated, {}};
    for (int a = 0; a < apps; ++a)
      b.apps.push_back({app_id{std::to_string(10'000 + a)},
                        tick_figures::idle({.open = 3})});
    b.apps.insert(
        b.apps.begin(),
        {tidewire::meter::all_apps,
         tick_figures::idle({.open = 3 * static_cast<std::uint64_t>(apps)})});
    return b;
  };
  auto tick_of_all = [&](std::int64_t at, int apps) {
    m.state(make(at, apps, at == 1), out);
    for (auto& who : others) {
      rows_told told{who, zero + 1, {{who, zero + 1}}, {}};
      told.rows.push_back(
          {0, tidewire::meter::encode(make(at, apps, at == 1))});
      CHECK(m.take(who, rows_kind, encode(told), 0, out));
    }
    m.turn(zero + at, at * 1'000'000'000, out);
    out = {};
  };
  tick_of_all(1, 10'000);
  CHECK(m.last_final().of(0).open == 210'000);
  auto begun = std::chrono::steady_clock::now();
  for (std::int64_t t = 2; t <= 101; ++t)
    tick_of_all(t, 100);
  auto each = (std::chrono::steady_clock::now() - begun) / 100;
  CHECK(m.last_final().at == zero + 101);
  // Some tenths of a millisecond; far less than 1 % of a core, in any build.
  CHECK(each < std::chrono::milliseconds{10});
}
