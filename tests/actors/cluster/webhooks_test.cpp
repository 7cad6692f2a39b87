// One backend, several nodes: it hears of each change once.
#include "tests/actors/cluster/nodes.hpp"
#include "tests/actors/support/hook_receiver.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

using names = std::vector<std::string>;

struct hooked {
  explicit hooked(std::uint32_t count, std::chrono::milliseconds lost_after =
                                           std::chrono::minutes{1})
      : all(count, 2, [this, lost_after](config::settings& s) {
          s.webhooks.delay = std::chrono::milliseconds{20};
          s.webhooks.settle = std::chrono::milliseconds{100};
          s.webhooks.lost_after = lost_after;
          s.apps[0].webhooks.resize(1);
          s.apps[0].webhooks[0].url = backend.url();
        }) {}

  names told(const std::string& channel) const {
    names result;
    for (auto& e : backend.events())
      if (e.starts_with(channel + " "))
        result.push_back(e.substr(channel.size() + 1));
    return result;
  }

  bool says(const std::string& channel, const names& what) const {
    return eventually([&] { return told(channel) == what; });
  }

  // Whatever was to be said by anybody has been, after all that it waits for.
  void sync(const nodes::group& of = {0, 1, 2}) {
    auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{300};
    eventually([&] { return std::chrono::steady_clock::now() > deadline; });
    for (auto i : of) {
      auto channel = "sync-" + std::to_string(++syncs);
      auto c = all[i].client();
      c->subscribe(channel);
      REQUIRE(says(channel, {"occupied"}));
    }
  }

  hook_receiver backend;
  nodes all;
  int syncs = 0;
};

} // namespace

TEST_CASE("a channel that moves is neither vacated nor occupied again") {
  hooked h{3};
  auto& n = h.all;
  auto channel = n.channel_of("presence-room", 2);
  auto ann = n[1].client();
  ann->subscribe(channel, "ann");
  names all{"occupied", "+ann"};
  REQUIRE(h.says(channel, all));
  for (int i = 0; i < 4; ++i) {
    n.drain(2, i % 2 == 0);
    n.views({{0, 1, 2}});
    REQUIRE(n.settled());
    h.sync();
    CHECK(h.told(channel) == all);
  }
  ann->hang_up();
  all.insert(all.end(), {"-ann", "vacated"});
  CHECK(h.says(channel, all));
  h.sync();
  CHECK(h.told(channel) == all);
}

TEST_CASE("owner and subscribers die together: vacated all the same, once") {
  hooked h{3};
  auto& n = h.all;
  auto channel = n.channel_of("presence-room", 2, 0, {0, 1});
  auto ann = n[2].client();
  ann->subscribe(channel, "ann");
  names all{"occupied", "+ann"};
  REQUIRE(h.says(channel, all));
  n.lines().quiet();
  n.split({{0, 1}, {2}});
  n.over(2);
  n.views({{0, 1}});
  REQUIRE(n.settled({0, 1}));
  all.insert(all.end(), {"-ann", "vacated"});
  CHECK(h.says(channel, all));
}

TEST_CASE("a new owner knows what the one that died had announced") {
  hooked h{3};
  auto& n = h.all;
  auto channel = n.channel_of("presence-room", 2, 1, {0, 1});
  auto ann = n[0].client();
  auto ben = n[2].client();
  ann->subscribe(channel, "ann");
  names all{"occupied", "+ann"};
  REQUIRE(h.says(channel, all));
  ben->subscribe(channel, "ben");
  all.push_back("+ben");
  REQUIRE(h.says(channel, all));
  n.lines().quiet();
  n.split({{0, 1}, {2}});
  n.over(2);
  n.views({{0, 1}});
  REQUIRE(n.settled({0, 1}));
  all.push_back("-ben");
  CHECK(h.says(channel, all));
  ann->unsubscribe(channel);
  all.insert(all.end(), {"-ann", "vacated"});
  CHECK(h.says(channel, all));
}

TEST_CASE("nobody is gone because a node is silent, until it is proved dead") {
  hooked h{3};
  auto& n = h.all;
  auto theirs = n.channel_of("presence-room", 2, 0, {0, 1});
  auto ours = n.channel_of("presence-room", 0, 0, {0, 1});
  auto ann = n[2].client();
  auto ben = n[0].client();
  names all{"occupied", "+ann"};
  for (auto& channel : {theirs, ours}) {
    ann->subscribe(channel, "ann");
    REQUIRE(h.says(channel, all));
  }
  ben->subscribe(ours, "ben");
  all.push_back("+ben");
  REQUIRE(h.says(ours, all));
  n.lines().quiet();
  n.split({{0, 1}, {2}});
  n.views({{0, 1}});
  REQUIRE(n.settled({0, 1}));
  h.sync({0, 1});
  CHECK(h.told(theirs) == names{"occupied", "+ann"});
  CHECK(h.told(ours) == all);
  // Who leaves by himself is told at once.
  ben->hang_up();
  all.push_back("-ben");
  CHECK(h.says(ours, all));
  n.over(2);
  all.insert(all.end(), {"-ann", "vacated"});
  CHECK(h.says(ours, all));
  CHECK(h.says(theirs, {"occupied", "+ann", "-ann", "vacated"}));
}

TEST_CASE("a node that was silent and is back: nothing was told of its own") {
  hooked h{3};
  auto& n = h.all;
  std::vector<std::string> rooms{n.channel_of("presence-room", 2, 0, {0, 1}),
                                 n.channel_of("presence-room", 2, 1, {0, 1}),
                                 n.channel_of("presence-room", 0, 0, {0, 1})};
  auto ann = n[2].client();
  names all{"occupied", "+ann"};
  for (auto& room : rooms) {
    ann->subscribe(room, "ann");
    REQUIRE(h.says(room, all));
  }
  n.lines().quiet();
  // It was stopped: it saw no view without the others.
  n.split({{0, 1}, {2}});
  n.views({{0, 1}});
  REQUIRE(n.settled({0, 1}));
  h.sync({0, 1});
  n.split({{0, 1, 2}});
  n.views({{0, 1, 2}});
  REQUIRE(n.settled());
  h.sync();
  for (auto& room : rooms)
    CHECK(h.told(room) == all);
  ann->hang_up();
  all.insert(all.end(), {"-ann", "vacated"});
  for (auto& room : rooms)
    CHECK(h.says(room, all));
}

TEST_CASE("after a heal the last that was told is true") {
  hooked h{2, std::chrono::milliseconds{50}};
  auto& n = h.all;
  std::vector<std::string> rooms;
  for (std::uint32_t owner = 0; owner < 2; ++owner)
    rooms.push_back(n.channel_of("presence-room", owner));
  auto ann = n[0].client();
  auto ben = n[1].client();
  for (auto& room : rooms) {
    ann->subscribe(room, "ann");
    ben->subscribe(room, "ben");
    REQUIRE(h.says(room, {"occupied", "+ann", "+ben"}));
  }
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    n.lines().quiet();
    n.split({{0}, {1}});
    n.views({{0}, {1}});
    REQUIRE(n.settled());
    // Each half says that the other one is gone.
    for (auto& room : rooms)
      REQUIRE(eventually([&] {
        auto all = h.told(room);
        auto gone = [&](const std::string& what) {
          return std::count(all.begin(), all.end(), what) > round;
        };
        return gone("-ann") && gone("-ben");
      }));
    n.split({{0, 1}});
    n.views({{0, 1}});
    REQUIRE(n.settled());
    for (auto& room : rooms)
      for (std::string user : {"ann", "ben"})
        CHECK(eventually([&] {
          auto all = h.told(room);
          auto last = [&](const std::string& what) {
            return std::find(all.rbegin(), all.rend(), what);
          };
          return last("+" + user) < last("-" + user);
        }));
    h.sync({0, 1});
    for (auto& room : rooms) {
      auto all = h.told(room);
      CHECK(std::count(all.begin(), all.end(), "vacated") == 0);
    }
  }
  ann->hang_up();
  ben->hang_up();
  for (auto& room : rooms)
    CHECK(eventually([&] {
      auto all = h.told(room);
      return !all.empty() && all.back() == "vacated";
    }));
}

TEST_CASE("what a half told to be vacated is occupied after the heal") {
  hooked h{2, std::chrono::milliseconds{50}};
  auto& n = h.all;
  std::vector<std::string> rooms;
  for (std::uint32_t owner = 0; owner < 2; ++owner)
    rooms.push_back(n.channel_of("presence-room", owner));
  auto ann = n[1].client();
  for (auto& room : rooms) {
    ann->subscribe(room, "ann");
    REQUIRE(h.says(room, {"occupied", "+ann"}));
  }
  n.lines().quiet();
  n.split({{0}, {1}});
  n.views({{0}, {1}});
  for (auto& room : rooms)
    REQUIRE(h.says(room, {"occupied", "+ann", "-ann", "vacated"}));
  n.split({{0, 1}});
  n.views({{0, 1}});
  names all{"occupied", "+ann", "-ann", "vacated", "occupied", "+ann"};
  for (auto& room : rooms)
    CHECK(h.says(room, all));
  h.sync({0, 1});
  for (auto& room : rooms)
    CHECK(h.told(room) == all);
}

TEST_CASE("what is handed over while there is no line comes with the next") {
  hooked h{3};
  auto& n = h.all;
  auto channel = n.channel_of("presence-room", 2, 0, {0, 1});
  auto ann = n[1].client();
  ann->subscribe(channel, "ann");
  names all{"occupied", "+ann"};
  REQUIRE(h.says(channel, all));
  for (bool away : {true, false}) {
    n.lines().quiet();
    n.lines().cut(0, 2);
    n.drain(2, away);
    n.views({{0, 1, 2}});
    n.settled({}); // nothing else is under way
    n.lines().join(0, 2);
    REQUIRE(n.settled());
    h.sync();
    CHECK(h.told(channel) == all);
  }
  ann->hang_up();
  all.insert(all.end(), {"-ann", "vacated"});
  CHECK(h.says(channel, all));
}
