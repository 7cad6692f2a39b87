#include "actors/state/cluster/cluster_meter.hpp"

#include "tests/actors/state/cluster/rows/blocks.hpp"
#include "tests/catch.hpp"

#include <functional>

using namespace tidewire::cluster;
using namespace tidewire::cluster::testing;

namespace {

// Some meters, each linked with all others, whose records come at once.
struct cluster {
  explicit cluster(int n, cluster_meter_settings settings = {}) {
    for (int i = 0; i < n; ++i)
      who.push_back({"n" + std::to_string(i), 1});
    for (auto& x : who)
      meters.emplace_back(x, zero, settings);
    there.assign(who.size(), true);
    for (std::size_t i = 0; i < who.size(); ++i)
      for (std::size_t j = 0; j < who.size(); ++j)
        if (i != j)
          with(i, [&](auto& m, auto& out) { m.linked(who[j], out); });
  }

  using deed = std::function<void(cluster_meter&, meter_effects&)>;

  void with(std::size_t i, const deed& what) {
    meter_effects out;
    what(meters[i], out);
    for (auto& x : out.corrections)
      corrections.push_back(x);
    for (auto& x : out.settled)
      settled.push_back(x);
    for (auto& x : out.ended)
      ended.push_back(x);
    for (auto& x : out.last)
      last.emplace_back(i, x);
    for (auto& x : out.send)
      for (std::size_t j = 0; j < who.size(); ++j)
        if (j != i && there[i] && there[j] && (!x.to || *x.to == who[j]))
          with(j, [&](auto& m, auto& more) {
            m.take(who[i], x.kind, x.bytes, now_ns, more);
          });
  }

  void state(std::size_t i, std::int64_t at, std::uint64_t open) {
    with(i,
         [&](auto& m, auto& out) { m.state(block(at, open, at == 1), out); });
  }
  void cut(std::size_t i) {
    there[i] = false;
    for (std::size_t j = 0; j < who.size(); ++j)
      if (j != i) {
        meters[j].unlinked(who[i]);
        meters[i].unlinked(who[j]);
      }
  }
  void turn(std::int64_t at) {
    for (std::size_t i = 0; i < who.size(); ++i) {
      now_ns += 1'100'000'000;
      with(i, [&](auto& m, auto& out) { m.turn(zero + at, now_ns, out); });
    }
  }
  std::uint64_t final(std::size_t i) const {
    return meters[i].last_final().of(0).open;
  }

  std::vector<life> who;
  std::vector<cluster_meter> meters;
  std::vector<bool> there;
  std::vector<correction> corrections;
  std::vector<life> settled;
  std::vector<end_to_keep> ended;
  std::vector<std::pair<std::size_t, last_reading>> last;
  std::int64_t now_ns = 0;
};

} // namespace

TEST_CASE("a tick is final when everybody's row is there") {
  cluster c{3};
  c.state(0, 1, 5);
  c.state(1, 1, 7);
  CHECK_FALSE(c.meters[0].last_final().any);
  auto range = c.meters[0].at(zero + 1);
  CHECK(range.lives == 3);
  CHECK(range.answered == 2);
  CHECK(range.least[0].open == 12);
  CHECK(range.open_ended); // nothing is known of the third
  c.state(2, 1, 0);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(c.meters[i].last_final().at == zero + 1);
    CHECK(c.final(i) == 12);
  }
}

TEST_CASE("silence proves nothing: a lost node's ticks are a range") {
  cluster c{3};
  for (std::size_t i = 0; i < 3; ++i)
    c.state(i, 1, 10);
  c.cut(2);
  for (std::int64_t t = 2; t <= 100; ++t) {
    c.state(0, t, 10);
    c.state(1, t, 12);
    c.turn(t);
  }
  CHECK(c.meters[0].final_through() == zero + 1);
  auto range = c.meters[0].at(zero + 100);
  CHECK(range.least[0].open == 22);
  CHECK(range.most[0].open == 32);
  CHECK(range.missing == std::vector{c.who[2]});
  CHECK_FALSE(range.exact());
}

TEST_CASE("who is dead ended with the highest row any survivor holds") {
  cluster c{3};
  for (std::int64_t t = 1; t <= 3; ++t)
    for (std::size_t i = 0; i < 3; ++i)
      c.state(i, t, 10);
  // The fourth row came to one of them only; then it died, and its clients
  // went to the other.
  c.meters[1].unlinked(c.who[2]);
  c.there[1] = false;
  c.state(2, 4, 10);
  c.there[1] = true;
  c.cut(2);
  for (std::int64_t t = 4; t <= 6; ++t) {
    c.state(0, t, 10);
    c.state(1, t, t < 5 ? 10 : 20);
  }
  CHECK(c.meters[1].final_through() == zero + 3);
  c.with(1, [&](auto& m, auto& out) { m.proved_dead(c.who[2], out); });
  c.turn(6);
  c.turn(7);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(c.meters[i].final_through() == zero + 6);
    CHECK(c.final(i) == 30);
    CHECK(c.meters[i].at(zero + 4).least[0].open == 30);
    CHECK(c.meters[i].at(zero + 5).least[0].open == 30); // not 40
  }
  CHECK(c.corrections.empty());
  REQUIRE(c.ended.size() == 2);
  CHECK(c.ended[0].end == life_end{end_kind::dead, zero + 4});
  CHECK(c.ended[1].end == c.ended[0].end);
}

TEST_CASE("how a dead life stood is told at once, and again when its end is "
          "agreed") {
  cluster c{3};
  for (std::int64_t t = 1; t <= 3; ++t)
    for (std::size_t i = 0; i < 3; ++i)
      c.state(i, t, 10 * (i + 1));
  c.there[1] = false; // node 1 is lost, and hears no more
  c.state(2, 4, 31);
  c.cut(2);
  c.with(0, [&](auto& m, auto& out) { m.proved_dead(c.who[2], out); });
  REQUIRE(c.last.size() == 1);
  auto said = c.last[0].second;
  CHECK(said.whose == c.who[2]);
  CHECK(said.at == zero + 4);
  CHECK_FALSE(said.left);
  REQUIRE(said.apps.size() == 1);
  CHECK(said.apps[0].app == app);
  CHECK(said.apps[0].open == 31);
  CHECK(said.apps[0].here == 10);
  c.with(0, [&](auto& m, auto& out) { m.proved_dead(c.who[1], out); });
  REQUIRE(c.last.size() >= 3); // of node 1, and of both when that is agreed
  CHECK(c.meters[0].loads().size() == 1);
}

TEST_CASE("a survivor that is lost keeps an end open") {
  cluster c{4};
  for (std::size_t i = 0; i < 4; ++i)
    c.state(i, 1, 1);
  c.cut(3);
  c.cut(2);
  c.with(0, [&](auto& m, auto& out) { m.proved_dead(c.who[3], out); });
  for (std::int64_t t = 2; t <= 30; ++t) {
    c.state(0, t, 1);
    c.state(1, t, 1);
    c.turn(t);
  }
  CHECK(c.ended.empty());
  c.with(0, [&](auto& m, auto& out) { m.forget(c.who[2], out); });
  c.turn(31);
  CHECK(c.ended.size() == 4); // two lives, on two nodes
  CHECK(c.meters[0].final_through() == zero + 30);
}

TEST_CASE("a goodbye is the last word, and nobody waits for more") {
  cluster c{2};
  c.state(0, 1, 3);
  c.state(1, 1, 4);
  c.with(1, [](auto& m, auto& out) { m.say_goodbye(out); });
  c.state(0, 2, 6);
  CHECK(c.meters[0].final_through() == zero + 2);
  CHECK(c.final(0) == 6);
  CHECK(c.meters[0].last_final().lives == 1);
}

TEST_CASE("a node that comes back has its rows asked for, and ticks that were "
          "open become final") {
  cluster c{2};
  c.state(0, 1, 3);
  c.state(1, 1, 4);
  c.cut(1);
  for (std::int64_t t = 2; t <= 200; ++t) {
    c.state(0, t, 3);
    c.state(1, t, static_cast<std::uint64_t>(t));
  }
  c.there[1] = true;
  c.with(0, [&](auto& m, auto& out) { m.linked(c.who[1], out); });
  c.with(1, [&](auto& m, auto& out) { m.linked(c.who[0], out); });
  for (int i = 0; i < 6; ++i)
    c.turn(201);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(c.meters[i].final_through() == zero + 200);
    CHECK(c.final(i) == 203);
  }
  CHECK(c.meters[0].at(zero + 77).least[0].open == 80);
  CHECK(c.corrections.empty());
}

TEST_CASE("a lost life's part becomes unknown after a time, never zero, and "
          "what comes later is a correction") {
  cluster_meter_settings settings;
  settings.settle_s = 20;
  cluster c{2, settings};
  c.state(0, 1, 3);
  c.state(1, 1, 4);
  c.cut(1);
  for (std::int64_t t = 2; t <= 21; ++t)
    c.state(0, t, 3);
  c.turn(21);
  CHECK(c.settled.empty());
  CHECK(c.meters[0].final_through() == zero + 1);
  c.state(0, 22, 3);
  c.turn(22);
  REQUIRE(c.settled.size() >= 1);
  CHECK(c.meters[0].final_through() == zero + 22);
  CHECK(c.meters[0].last_final().unknown == 1);
  CHECK(c.final(0) == 3);
  CHECK_FALSE(c.meters[0].at(zero + 10).exact());
  // It had been there all the time.
  for (std::int64_t t = 2; t <= 22; ++t)
    c.state(1, t, 4);
  c.there[1] = true;
  c.with(0, [&](auto& m, auto& out) { m.linked(c.who[1], out); });
  c.with(1, [&](auto& m, auto& out) { m.linked(c.who[0], out); });
  for (int i = 0; i < 3; ++i)
    c.turn(23);
  REQUIRE_FALSE(c.corrections.empty());
  CHECK(c.corrections[0].ticks.first == zero + 2);
  CHECK(c.meters[0].last_final().unknown == 0);
  CHECK(c.final(0) == 7);
}
