// Nodes that change rows while the network loses, delays and cuts: in the end
// all have the same.
#include "actors/state/cluster/shared_rows.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <set>
#include <string>

using namespace tidewire::cluster;

namespace {

constexpr std::int64_t ms = 1'000'000;

struct world {
  struct node {
    life me;
    shared_rows rows;
    std::map<std::string, shared_row> disk;
    std::set<std::string> told_dropped; // ids
    bool up = true;
  };

  struct flight {
    std::int64_t at;
    std::uint64_t order;
    std::size_t from, to;
    life sender, receiver;
    record_kind kind;
    std::string bytes;
  };

  world(std::size_t count, std::uint64_t seed) : random(seed) {
    for (std::size_t i = 0; i < count; ++i) {
      nodes.emplace_back();
      nodes[i].me = {"node-" + std::to_string(i), ++incarnation};
      nodes[i].rows.i_am(nodes[i].me);
    }
    cut.assign(count, std::vector<bool>(count, true));
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < i; ++j)
        heal(i, j);
  }

  std::uint64_t roll(std::uint64_t sides) { return random() % sides; }

  void act(std::size_t i, shared_effects& out) {
    auto& n = nodes[i];
    for (auto& x : out.clashes) {
      CHECK(x.kept.id == x.dropped.id);
      CHECK(clash(x.kept, x.dropped));
      n.told_dropped.insert(x.kept.id);
    }
    for (auto& id : out.changed)
      n.disk[id] = *n.rows.find(id);
    for (auto& x : out.send)
      send(i, x.to, x.kind, x.bytes);
    if (out.answer)
      send(i, out.answer->first, shared_taken_kind,
           write_shared_taken(out.answer->second));
  }

  void send(std::size_t i, const life& to, record_kind kind,
            const std::string& bytes) {
    sent += bytes.size();
    for (std::size_t j = 0; j < nodes.size(); ++j)
      if (nodes[j].me == to && !cut[i][j] && roll(100) >= loss)
        for (auto copies = 1 + (roll(100) < doubled); copies > 0; --copies)
          flying.push_back(
              {now + static_cast<std::int64_t>(roll(jitter) + 1) * ms, ++order,
               i, j, nodes[i].me, to, kind, bytes});
  }

  void deliver() {
    std::stable_sort(flying.begin(), flying.end(),
                     [](auto& a, auto& b) { return a.at < b.at; });
    while (!flying.empty() && flying.front().at <= now) {
      auto x = std::move(flying.front());
      flying.pop_front();
      if (!nodes[x.to].up || nodes[x.to].me != x.receiver || cut[x.from][x.to])
        continue;
      shared_effects out;
      CHECK(nodes[x.to].rows.receive(x.sender, x.kind, x.bytes, now, out));
      act(x.to, out);
    }
  }

  void step() {
    now += 20 * ms;
    deliver();
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (nodes[i].up && now % (100 * ms) == 0) {
        shared_effects out;
        nodes[i].rows.tick(now, out);
        act(i, out);
      }
  }

  void heal(std::size_t i, std::size_t j) {
    if (!cut[i][j] || !nodes[i].up || !nodes[j].up)
      return;
    cut[i][j] = cut[j][i] = false;
    for (auto [a, b] : {std::pair{i, j}, std::pair{j, i}}) {
      shared_effects out;
      nodes[a].rows.linked(nodes[b].me, now, out);
      act(a, out);
    }
  }

  void split(std::size_t i, std::size_t j) {
    if (cut[i][j])
      return;
    cut[i][j] = cut[j][i] = true;
    for (auto [a, b] : {std::pair{i, j}, std::pair{j, i}})
      if (nodes[a].up) {
        shared_effects out;
        nodes[a].rows.unlinked(nodes[b].me, now, out);
        act(a, out);
      }
  }

  void crash(std::size_t i) {
    for (std::size_t j = 0; j < nodes.size(); ++j)
      if (j != i)
        split(i, j);
    nodes[i].up = false;
  }

  void restart(std::size_t i) {
    auto& n = nodes[i];
    n.up = true;
    n.me.incarnation = ++incarnation;
    n.rows = {};
    n.rows.i_am(n.me);
    for (auto& [id, row] : n.disk)
      n.rows.restore(row);
  }

  void change(std::size_t i, const std::string& id,
              std::optional<std::string> value) {
    auto& n = nodes[i];
    auto row = n.rows.next(id, std::move(value));
    n.disk[id] = row;
    shared_effects out;
    n.rows.put(std::move(row), now, out);
    act(i, out);
  }

  void heal_all() {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (!nodes[i].up)
        restart(i);
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        heal(i, j);
  }

  bool agree() {
    return std::all_of(nodes.begin(), nodes.end(), [&](auto& n) {
      return n.rows.all() == nodes[0].rows.all();
    });
  }

  // How long it takes, in ms; nothing: not within that.
  std::optional<std::int64_t> agree_within(std::int64_t most_ms) {
    for (auto begin = now; now <= begin + most_ms * ms; step())
      if (agree())
        return (now - begin) / ms;
    return std::nullopt;
  }

  std::mt19937_64 random;
  std::deque<node> nodes;
  std::vector<std::vector<bool>> cut;
  std::deque<flight> flying;
  std::int64_t now = 0;
  std::uint64_t order = 0, incarnation = 0, sent = 0;
  std::uint64_t loss = 0, doubled = 0, jitter = 1; // percent, percent, ms
};

} // namespace

TEST_CASE(
    "a change is everywhere at once, and a node that was away catches up") {
  world w{3, 1};
  w.change(0, "7", "made");
  CHECK(w.nodes[0].rows.missing("7").size() == 2);
  CHECK(w.agree_within(60));
  w.step();
  CHECK(w.nodes[0].rows.missing("7").empty());
  w.crash(2);
  w.change(1, "7", std::nullopt);
  w.change(1, "8", "made");
  w.restart(2);
  CHECK(w.nodes[2].rows.find("7")->value == "made");
  w.heal(2, 1);
  CHECK(w.agree_within(200));
  CHECK(w.nodes[2].rows.find("7")->gone);
}

TEST_CASE("what two made of one app ends up the same, and one is told") {
  world w{4, 2};
  for (std::size_t i : {0u, 1u})
    for (std::size_t j : {2u, 3u})
      w.split(i, j);
  w.change(0, "7", "left");
  w.change(3, "7", "right");
  w.change(0, "8", "the same");
  w.change(2, "8", "the same");
  for (int i = 0; i < 50; ++i)
    w.step();
  w.heal_all();
  CHECK(w.agree_within(1000));
  for (auto& n : w.nodes) {
    CHECK(n.rows.find("7")->value == "right");
    CHECK_FALSE(n.told_dropped.contains("8"));
  }
  // Those who had it, and must know that they have it no more.
  CHECK(w.nodes[0].told_dropped.contains("7"));
  CHECK(w.nodes[1].told_dropped.contains("7"));
}

TEST_CASE("a change reaches whoever is heard by a third node only") {
  world w{3, 3};
  w.split(0, 2);
  w.change(0, "7", "made");
  CHECK(w.agree_within(1000));
}

TEST_CASE("a newcomer is told everything once, and in portions") {
  world w{5, 4};
  w.crash(4);
  std::uint64_t bytes = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string value(200 + w.roll(200), 'x');
    bytes += value.size();
    w.change(i % 4, "app-" + std::to_string(i), std::move(value));
    if (i % 100 == 0)
      w.step();
  }
  REQUIRE(w.agree_within(5000) == std::nullopt); // one is away
  w.restart(4);
  w.sent = 0;
  for (std::size_t j = 0; j < 4; ++j)
    w.heal(4, j);
  CHECK(w.agree_within(3000));
  for (int i = 0; i < 100; ++i)
    w.step();
  CHECK(w.sent < 2 * bytes);
  auto before = w.sent;
  for (int i = 0; i < 500; ++i) // 10 s
    w.step();
  CHECK(w.sent - before < 100'000); // digests
}

TEST_CASE("rows end up the same whatever the network did") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    world w{3 + seed % 4, seed};
    w.loss = seed % 3 * 10;
    w.doubled = seed % 2 * 20;
    w.jitter = 1 + seed % 5 * 40;
    std::set<std::string> changed;
    for (int i = 0; i < 300; ++i) {
      auto a = w.roll(w.nodes.size()), b = w.roll(w.nodes.size());
      switch (w.roll(20)) {
      case 0:
        if (a != b)
          w.split(a, b);
        break;
      case 1:
      case 2:
        if (a != b)
          w.heal(a, b);
        break;
      case 3:
        if (w.nodes[a].up && w.roll(3) == 0)
          w.crash(a);
        break;
      case 4:
        if (!w.nodes[a].up)
          w.restart(a);
        break;
      case 5:
      case 6:
        if (w.nodes[a].up) {
          auto id = std::to_string(w.roll(12));
          changed.insert(id);
          if (w.roll(4) == 0)
            w.change(a, id, std::nullopt);
          else
            w.change(a, id, std::to_string(w.random()));
        }
        break;
      default:
        w.step();
      }
    }
    // What is the greatest of all forms that anybody has kept has to hold.
    std::map<std::string, shared_row> last;
    for (auto& n : w.nodes)
      for (auto& [id, row] : n.disk)
        if (auto [at, is_new] = last.try_emplace(id, row);
            !is_new && outranks(row, at->second))
          at->second = row;
    w.heal_all();
    w.loss = 0;
    REQUIRE(w.agree_within(30'000));
    for (auto& [id, row] : last)
      CHECK(*w.nodes[0].rows.find(id) == row);
    CHECK(w.nodes[0].rows.all().size() == changed.size());
    for (auto& n : w.nodes)
      for (auto& [id, row] : n.rows.all())
        CHECK(n.disk.at(id) == row);
  }
}

TEST_CASE("whoever loses a change to a clash is told so") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    world w{3, seed};
    w.change(0, "7", "first");
    REQUIRE(w.agree_within(100));
    for (std::size_t j : {1u, 2u})
      w.split(0, j);
    std::string here, there;
    for (auto n = 1 + w.roll(3); n > 0; --n)
      w.change(0, "7", here = "here " + std::to_string(w.random()));
    for (auto n = 1 + w.roll(3); n > 0; --n)
      w.change(1 + w.roll(2), "7",
               there = "there " + std::to_string(w.random()));
    for (int i = 0; i < 20; ++i)
      w.step();
    w.heal_all();
    REQUIRE(w.agree_within(1000));
    auto& kept = w.nodes[0].rows.find("7")->value;
    CHECK(w.nodes[kept == here ? 1 : 0].told_dropped.contains("7"));
  }
}
