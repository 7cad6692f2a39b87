// Many deaths in random order, with clients and publishers in between.
#include "tests/actors/support/event_names.hpp"
#include "tests/actors/support/harness.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>

#include <map>
#include <random>
#include <set>
#include <vector>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

std::string user(std::size_t number) {
  return "user-" + std::to_string(number);
}

// Who subscribes, where to, and what publishers were told. Everybody is signed
// in and watches everybody, and somebody who never comes.
struct scene {
  explicit scene(harness& h) : node(h) {
    for (std::uint32_t at = 0; at < node.reactors(); ++at) {
      plain.push_back(node.channel_of("news", at));
      cached.push_back(node.channel_of("cache-news", at));
      rooms.push_back(node.channel_of("presence-room", at));
    }
    for (std::uint32_t i = 0; i < 2 * node.reactors(); ++i)
      clients.push_back(node.client_on(i % node.reactors()));
    watchlist.push_back("nobody");
    for (std::size_t i = 0; i < clients.size(); ++i)
      watchlist.push_back(user(i));
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i]->sign_in(user(i), watchlist);
      clients[i]->wait_for(watched, {});
      clients[i]->subscribe("#server-to-user-" + user(i));
      for (auto& name : plain)
        clients[i]->subscribe(name);
      for (auto& name : cached)
        clients[i]->subscribe(name);
      for (auto& name : rooms)
        clients[i]->subscribe(name, user(i));
    }
  }

  std::vector<std::string> channels() const {
    auto all = plain;
    all.insert(all.end(), cached.begin(), cached.end());
    all.insert(all.end(), rooms.begin(), rooms.end());
    return all;
  }

  // Who is here is online, and was told so once; nobody ever left.
  void check_users() {
    for (auto& c : clients) {
      std::map<std::string, std::string> state;
      for (auto& x : c->log())
        if (auto parsed = boost::json::value{}; x.name == watched) {
          parsed = boost::json::parse(x.data);
          for (auto& part : parsed.at("events").as_array())
            for (auto& id : part.at("user_ids").as_array()) {
              std::string now{part.at("name").as_string()};
              auto& before = state[std::string{id.as_string()}];
              CAPTURE(id.as_string(), before, now);
              CHECK(before != now);
              CHECK(before != "online");
              before = now;
            }
        }
      for (auto& id : watchlist)
        CHECK(state[id] == (id == "nobody" ? "offline" : "online"));
    }
  }

  // An event to a user reaches him and nobody else; a newcomer of a cache
  // channel is greeted at once.
  void check_reach() {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      auto channel = "#server-to-user-" + user(i);
      auto event = "mail-" + std::to_string(++published);
      REQUIRE(node.api().publish(channel, event, "x").status == 200);
      clients[i]->wait_for(event, channel);
      for (auto& c : clients)
        CHECK(c->count(event, channel) == (c == clients[i] ? 1u : 0u));
    }
    auto late = node.client();
    for (auto& name : cached) {
      auto event = "event-" + std::to_string(++published);
      REQUIRE(node.api().publish(name, event, "x").status == 200);
      acknowledged[name].push_back(event);
      late->subscribe(name);
      CHECK(late->next()->name == event);
    }
  }

  // One event to every channel; notes those that are acknowledged.
  void publish(bool must_succeed) {
    for (auto& name : channels()) {
      auto event = "event-" + std::to_string(++published);
      auto status = node.api().publish(name, event, "x").status;
      CAPTURE(name, event, status);
      if (must_succeed)
        REQUIRE(status == 200);
      else
        REQUIRE((status == 200 || status == 503));
      if (status == 200)
        acknowledged[name].push_back(event);
    }
  }

  // Exactly what was acknowledged, in its order; what was not, at most once.
  void check_events() {
    for (auto& c : clients) {
      c->sync();
      CHECK_FALSE(c->ended());
      for (auto& name : channels()) {
        CAPTURE(name);
        std::set<std::string> seen;
        auto next = acknowledged[name].begin();
        for (auto& x : c->log())
          if (x.channel == name && x.name.starts_with("event-")) {
            CAPTURE(x.name);
            CHECK(seen.insert(x.name).second);
            if (next != acknowledged[name].end() && x.name == *next)
              ++next;
          }
        CHECK(next == acknowledged[name].end());
      }
    }
  }

  void check_members() {
    for (std::size_t i = 0; i < clients.size(); ++i)
      for (auto& name : rooms) {
        CAPTURE(i, name);
        CHECK(clients[i]->count(added, name) == clients.size() - 1 - i);
        CHECK(clients[i]->count(removed, name) == 0);
      }
  }

  harness& node;
  std::vector<std::string> plain;
  std::vector<std::string> cached;
  std::vector<std::string> rooms;
  std::vector<std::string> watchlist;
  std::vector<client_ptr> clients;
  std::map<std::string, std::vector<std::string>> acknowledged;
  int published = 0;
};

// Ends one actor and waits for its successor.
void kill_somebody(scene& s, std::mt19937& random) {
  auto how = random() % 2 ? death::exit : death::exception;
  auto at = static_cast<std::uint32_t>(random() % s.node.reactors());
  switch (random() % 9) {
  case 0:
    return s.node.kill_channel(s.plain[at], how);
  case 1:
    return s.node.kill_channel(s.cached[at], how);
  case 7:
    return s.node.kill_channel(
        "#server-to-user-" + user(random() % s.clients.size()), how);
  case 8:
    return s.node.kill_channel("#server-to-user-nobody", how);
  case 2:
    return s.node.kill_channel(s.rooms[at], how);
  case 3:
    return s.node.kill_router(at, how);
  case 4:
    return s.node.kill_directory(at, how);
  case 5:
    return s.node.kill_gauge(how);
  default:
    return s.node.kill_admin(how);
  }
}

} // namespace

TEST_CASE("fifty deaths lose no acknowledged event and repeat no member") {
  for (std::uint16_t reactors : {1, 2}) {
    CAPTURE(reactors);
    std::mt19937 random{reactors};
    harness node{reactors};
    scene s{node};
    for (int i = 0; i < 50; ++i) {
      kill_somebody(s, random);
      if (i % 5 == 0)
        s.publish(true);
    }
    s.publish(true);
    s.check_reach();
    s.check_events();
    s.check_members();
    s.check_users();
    CHECK(node.gauge_is(s.clients.size()));
  }
}

TEST_CASE("an event acknowledged while actors die has reached everybody") {
  harness node{2};
  scene s{node};
  std::mt19937 random{7};
  for (int i = 0; i < 15; ++i) {
    auto at = static_cast<std::uint32_t>(random() % 2);
    auto how = random() % 2 ? death::exit : death::exception;
    auto old_router = node.router(at);
    auto old_channel = node.channel(s.plain[at]);
    auto old_room = node.channel(s.rooms[1 - at]);
    harness::end(old_router, how);
    if (random() % 2)
      harness::end(old_channel, how);
    harness::end(old_room, how);
    s.publish(false);
    REQUIRE(node.router_replaced(at, old_router));
    REQUIRE(node.channel_replaced(s.rooms[1 - at], old_room));
    REQUIRE(eventually([&] {
      return node.api().publish(s.plain[at], "again", "x").status == 200;
    }));
    s.publish(true);
  }
  s.check_reach();
  s.check_events();
  s.check_members();
  s.check_users();
  CHECK(node.gauge_is(s.clients.size()));
}

TEST_CASE("connections are counted right while the GAUGE dies") {
  harness node{2};
  auto stays = node.client();
  std::uint64_t opened = 1;
  for (int i = 0; i < 20; ++i) {
    auto old = node.on(0, [](shard& s) { return s.gauge; });
    std::vector<client_ptr> passing;
    for (int n = 0; n < 3; ++n)
      passing.push_back(node.client());
    harness::end(old, i % 2 ? death::exit : death::exception);
    for (int n = 0; n < 3; ++n)
      passing.push_back(node.client());
    passing.clear();
    opened += 6;
    for (std::uint32_t at : {0u, 1u})
      REQUIRE(eventually([&] {
        return node.on(at, [](shard& s) { return s.gauge; }) != old;
      }));
  }
  CHECK(node.gauge_is(1));
  CHECK(node.metric("tidewire_connections_opened_total{app_id=\"1\"}")
        == static_cast<double>(opened));
  CHECK(node.metric("tidewire_gauge_drift") == 0);
}

TEST_CASE("every question to the admin port is answered while ADMIN dies") {
  harness node{2};
  http_client admin{node.server().admin_port()};
  for (int i = 0; i < 20; ++i) {
    caf::actor old; // none until the reactor has turned once
    REQUIRE(eventually([&] {
      old = node.on(0, [](shard& s) { return s.admin; });
      return static_cast<bool>(old);
    }));
    http_answer answer;
    harness::end(old, i % 2 ? death::exit : death::exception);
    answer = admin.get("/v1/gauge", std::chrono::seconds{10});
    CHECK((answer.status == 200 || answer.status == 503));
    REQUIRE(eventually(
        [&] { return node.on(0, [](shard& s) { return s.admin; }) != old; }));
  }
  CHECK(node.gauge_is(0));
}
