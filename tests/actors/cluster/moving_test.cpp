// Channels while the view of the cluster changes.
#include "tests/actors/cluster/watching.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace tidewire;
using namespace tidewire::testing;

TEST_CASE("channels move to a node that comes, and nobody notices") {
  nodes n{3};
  n.views({{0, 1}, {2}});
  REQUIRE(n.settled());
  std::vector<client_ptr> all;
  for (std::uint32_t i = 0; i < 2; ++i)
    for (std::uint32_t r = 0; r < 2; ++r)
      all.push_back(n[i].client_on(r));
  std::vector<std::string> plain;
  std::vector<std::string> rooms;
  std::vector<std::string> cached;
  for (std::uint32_t before = 0; before < 2; ++before) {
    // Owned by one of the two, and by the third when it has come.
    auto moving = [&](std::string_view prefix) {
      for (int i = 0;; ++i)
        if (auto name = std::string{prefix} + std::to_string(i);
            n.owner(name, {0, 1}) == before && n.owner(name, {0, 1, 2}) == 2)
          return name;
    };
    plain.push_back(moving("news"));
    rooms.push_back(moving("presence-room"));
    cached.push_back(moving("cache-news"));
  }
  for (auto& name : plain)
    for (auto& c : all)
      c->subscribe(name);
  for (auto& name : rooms)
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i]->subscribe(name, user(i));
  std::map<std::string, std::string> kept;
  for (auto& name : cached) {
    all[0]->subscribe(name);
    kept[name] = put(n[0], name, "kept");
  }
  n.views({{0, 1, 2}});
  REQUIRE(n.settled());
  for (std::uint32_t from = 0; from < 3; ++from) {
    auto event = "from-" + std::to_string(from);
    for (auto& name : plain)
      check_all_get(all, name, put(n[from], name, event));
    for (auto& name : rooms)
      check_all_get(all, name, put(n[from], name, event));
  }
  for (auto& name : rooms)
    check_members(all, name);
  for (auto& [name, event] : kept) {
    auto late = n[2].client();
    late->subscribe(name);
    late->wait_for(event, name);
  }
}

TEST_CASE("the members of a node that has gone are gone, once") {
  nodes n{3};
  auto all = n.clients();
  std::vector<std::string> rooms;
  for (std::uint32_t owner = 0; owner < 3; ++owner)
    rooms.push_back(n.channel_of("presence-room", owner));
  for (auto& name : rooms)
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i]->subscribe(name, user(i));
  for (auto& name : rooms)
    for (auto& c : all)
      while (c->count(added, name)
             < 2 - static_cast<std::size_t>(&c - all.data()))
        c->wait_for(added, name);
  n.split({{0, 1}, {2}});
  n.views({{0, 1}});
  REQUIRE(n.settled({0, 1}));
  for (auto& name : rooms) {
    for (std::size_t i = 0; i < 2; ++i)
      all[i]->wait_for(removed, name);
    auto after = put(n[0], name, "after");
    for (std::size_t i = 0; i < 2; ++i) {
      all[i]->wait_for(after, name);
      CHECK(all[i]->count(removed, name) == 1);
      CHECK(all[i]->count(added, name) == 2 - i);
    }
  }
}

TEST_CASE("the last event of a channel outlives its owner's node") {
  nodes n{3};
  std::map<std::string, std::string> kept;
  for (std::uint32_t next = 0; next < 2; ++next) {
    auto name = n.channel_of("cache-news", 2, next, {0, 1});
    kept[name] = put(n[0], name, "kept");
  }
  n.lines().quiet();
  n.split({{0, 1}, {2}});
  n.views({{0, 1}});
  REQUIRE(n.settled({0, 1}));
  for (auto& [name, event] : kept)
    for (std::uint32_t at = 0; at < 2; ++at) {
      auto late = n[at].client();
      late->subscribe(name);
      late->wait_for(event, name);
      CHECK(late->count("pusher:cache_miss", name) == 0);
    }
}

TEST_CASE("two halves serve their own, and are one again when they meet") {
  nodes n{2};
  std::vector<std::string> rooms;
  std::vector<std::string> plain;
  for (std::uint32_t owner = 0; owner < 2; ++owner) {
    rooms.push_back(n.channel_of("presence-room", owner));
    plain.push_back(n.channel_of("news", owner));
  }
  auto all = n.clients();
  for (auto& name : plain)
    for (auto& c : all)
      c->subscribe(name);
  for (auto& name : rooms) {
    all[0]->subscribe(name, user(0));
    all[1]->subscribe(name, user(1));
    all[0]->wait_for(added, name);
  }
  for (int round = 1; round <= 3; ++round) {
    CAPTURE(round);
    auto at = static_cast<std::size_t>(round);
    n.split({{0}, {1}});
    n.views({{0}, {1}});
    REQUIRE(n.settled());
    auto apart = "apart-" + std::to_string(round);
    std::array<std::vector<std::pair<std::string, std::string>>, 2> told;
    for (auto& name : plain)
      for (std::uint32_t i = 0; i < 2; ++i) {
        told[i].emplace_back(name, put(n[i], name, apart));
        all[i]->wait_for(told[i].back().second, name);
      }
    for (auto& name : rooms)
      for (auto& c : all) {
        while (c->count(removed, name) < at)
          c->wait_for(removed, name);
      }
    n.split({{0, 1}});
    n.views({{0, 1}});
    REQUIRE(n.settled());
    auto again = "again-" + std::to_string(round);
    for (auto& name : plain)
      check_all_get(all, name, put(n[0], name, again));
    for (auto& name : rooms) {
      check_all_get(all, name, put(n[1], name, again));
      CHECK(all[0]->count(added, name) == 1 + at);
      CHECK(all[1]->count(added, name) == at);
      CHECK(all[0]->count(removed, name) == at);
      CHECK(all[1]->count(removed, name) == at);
    }
    for (std::size_t i = 0; i < 2; ++i)
      for (auto& [name, event] : told[i])
        CHECK(all[i]->count(event, name) == 1);
  }
}

TEST_CASE("an event published while channels move reaches everybody once") {
  nodes n{3};
  auto all = n.clients();
  // One that stays, and two that move when a node drains and comes back.
  auto drained = [&](std::uint32_t before, std::uint32_t after) {
    return n.channel_of("news", before, after, {0, 1});
  };
  std::vector<std::string> names{drained(0, 0), drained(2, 0), drained(2, 1)};
  for (auto& name : names)
    for (auto& c : all)
      c->subscribe(name);
  std::map<std::string, std::size_t> accepted;
  int number = 0;
  for (int round = 0; round < 6; ++round) {
    if (round % 2 == 0)
      n.views({{0, 1}, {2}});
    else
      n.views({{0, 1, 2}});
    for (int i = 0; i < 10; ++i)
      for (auto& name : names) {
        // Who is in a cluster of one speaks for itself alone.
        auto event = "e-" + std::to_string(++number);
        auto answer = n[static_cast<std::uint32_t>(i % 2)].api().publish(
            name, event, "x");
        if (answer.status == 200)
          ++accepted[name];
        else
          CHECK(answer.status == 503);
        for (std::size_t c = 0; answer.status == 200 && c < 2; ++c)
          all[c]->wait_for(event, name);
      }
    REQUIRE(n.settled());
  }
  for (auto& name : names)
    CHECK(accepted[name] >= 30);
  for (std::size_t c = 0; c < 2; ++c) {
    all[c]->sync();
    std::map<std::string, int> seen;
    for (auto& x : all[c]->log())
      if (x.name.starts_with("e-"))
        CHECK(++seen[x.name] == 1);
  }
}

TEST_CASE("a link that begins anew leaves no ghosts") {
  nodes n{2};
  auto room = n.channel_of("presence-room", 0);
  auto stays = n[0].client();
  auto there = n[1].client();
  auto leaves = n[1].client();
  stays->subscribe(room, "ann");
  there->subscribe(room, "ben");
  leaves->subscribe(room, "cem");
  stays->wait_for(added, room);
  stays->wait_for(added, room);
  // What cem's node says of his end is lost with the line.
  n.lines().cut(0, 1);
  leaves->hang_up();
  REQUIRE(eventually([&] {
    std::size_t count = 0;
    for (std::uint32_t r = 0; r < 2; ++r)
      count += n[1].on(r, [](shard& s) { return s.live.at(0).size(); });
    return count == 1;
  }));
  n.lines().join(0, 1);
  stays->wait_for(removed, room);
  auto after = put(n[0], room, "after");
  there->wait_for(after, room);
  stays->wait_for(after, room);
  CHECK(stays->count(removed, room) == 1);
  CHECK(there->count(removed, room) == 1);
  CHECK(stays->count(added, room) == 2);
}

TEST_CASE("a wish that a line lost is granted over the next one") {
  nodes n{2};
  auto room = n.channel_of("presence-room", 0);
  auto plain = n.channel_of("news", 0);
  auto client = n[1].client();
  n.lines().cut(0, 1);
  client->ask_for(plain);
  client->ask_for(room, "ann");
  client->sync();
  CHECK(client->count(succeeded, plain) == 0);
  n.lines().join(0, 1);
  client->wait_for(succeeded, plain);
  client->wait_for(succeeded, room);
  client->wait_for(put(n[0], plain, "hello"), plain);
}

TEST_CASE("who sees another view is waited for, and refused in the end") {
  nodes n{2};
  auto channel = n.channel_of("news", 0);
  auto late = n[1].client();
  // The second node sees a view that the first one will never see.
  n.drain(0);
  n.view_of(1, {0, 1});
  REQUIRE(n.sees(1));
  std::string moved;
  for (int i = 0; moved.empty(); ++i)
    if (auto name = "x" + std::to_string(i); n.owner(name, {0, 1}) == 1)
      moved = name;
  auto answer = n[1].api().publish(channel, "e", "x");
  // It has moved here, for a draining node owns nothing; but the other node
  // never says that it has stated all.
  CHECK(answer.status == 503);
  auto other = n[0].api().publish(moved, "e", "x");
  CHECK((other.status == 200 || other.status == 503));
  // Then it does see it.
  n.view_of(0, {0, 1});
  REQUIRE(n.settled());
  late->subscribe(channel);
  late->wait_for(put(n[0], channel, "after"), channel);
}

TEST_CASE("a channel comes back whole from a view that only its owner saw") {
  nodes n{3};
  auto channel = n.channel_of("news", 0);
  auto client = n[1].client();
  client->subscribe(channel);
  n.drain(0);
  n.view_of(0, n.everybody());
  REQUIRE(n.sees(0));
  // To the others nothing has moved.
  n.drain(0, false);
  n.drain(2);
  for (auto i : n.everybody())
    n.view_of(i, n.everybody());
  REQUIRE(n.settled());
  client->wait_for(put(n[0], channel, "after"), channel);
}

TEST_CASE("an edge that saw a view without its owner is waited for") {
  nodes n{3};
  auto channel = n.channel_of("news", 0);
  auto client = n[1].client();
  n.drain(0);
  n.view_of(1, n.everybody());
  n.view_of(2, n.everybody());
  client->subscribe(channel); // granted by another, who waits for us in vain
  // Its first word from there has come before the next view has; of one that
  // comes later the owner cannot know (docs/clustering.md).
  REQUIRE(n.sees(1));
  REQUIRE(n.sees(2));
  n.lines().quiet();
  n.drain(0, false);
  n.drain(2);
  n.view_of(0, n.everybody());
  REQUIRE(n.sees(0));
  // Nobody here knows of the client.
  CHECK(n[0].api().publish(channel, "e", "x").status == 503);
  n.view_of(1, n.everybody());
  n.view_of(2, n.everybody());
  REQUIRE(n.settled());
  client->wait_for(put(n[0], channel, "after"), channel);
}
