// Routers, channels and the streams between them under random wishes, leavings,
// sign-ins and restarts, against a model that knows only what clients asked
// for.
#include "tests/actors/state/model.hpp"

#include <algorithm>
#include <random>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

using clients = std::vector<std::unique_ptr<model_client>>;

const names channels{"presence-a",       "presence-b", "plain-a", "plain-b",
                     "presence-cache-a", "cache-a",    "cache-b"};

struct odds {
  unsigned router, channel, directory; // in a thousand, per step
};

std::set<std::string> members_wanted(const clients& all,
                                     const std::string& name) {
  std::set<std::string> result;
  for (auto& c : all)
    if (c->wants.contains(name))
      result.insert(c->name);
  return result;
}

bool wanted(const clients& all, const std::string& name) {
  return std::any_of(all.begin(), all.end(),
                     [&](auto& c) { return c->wants.contains(name); });
}

void check_channel(model_world& w, const clients& all, const std::string& name,
                   std::uint32_t limit) {
  CAPTURE(name);
  for (auto& c : all)
    if (auto at = c->wants.find(name); at != c->wants.end()) {
      REQUIRE(at->second.succeeded); // no wish goes unanswered
      CHECK(at->second.greeted == is_cache(name));
      at->second.events = 0;
    }
  auto present = members_wanted(all, name);
  if (!is_cache(name))
    CHECK((w.channel(name) != nullptr) == !present.empty());
  if (!is_presence(name))
    present.clear();
  CHECK(present.size() <= limit);
  CHECK(w.reported(name).occupied == wanted(all, name));
  CHECK(w.reported(name).users == present);
  if (auto* c = w.channel(name)) {
    CHECK(c->sure());
    auto users = c->facts().users;
    CHECK(std::set<std::string>(users.begin(), users.end()) == present);
    CHECK(users.size() == present.size());
  }
  w.publish(name);
  while (!w.quiet())
    for (std::uint32_t e = 0; e < model_edges; ++e)
      w.step(e, false), w.step(e, true);
  for (auto& c : all) {
    c->listen();
    if (auto at = c->wants.find(name); at != c->wants.end()) {
      CHECK(at->second.events == 1);
      if (is_presence(name))
        CHECK(at->second.members == present);
    }
  }
}

void check_users(const clients& all) {
  std::set<std::string> online;
  for (auto& c : all)
    if (c->signed_in)
      online.insert(c->name);
  for (auto& c : all)
    for (auto& [id, state] : c->watched) {
      CAPTURE(c->name, id);
      REQUIRE(state);
      CHECK(*state == online.contains(id));
    }
}

void run(std::uint64_t seed, odds chance, std::uint32_t limit) {
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  model_world w{limit};
  clients all;
  for (std::uint64_t i = 1; i <= 9; ++i)
    all.push_back(std::make_unique<model_client>(
        i, static_cast<std::uint32_t>(i % model_edges)));
  auto some_edge = [&] {
    return static_cast<std::uint32_t>(random() % model_edges);
  };
  auto some_channel = [&]() -> auto& {
    return channels[random() % channels.size()];
  };

  auto act = [&](model_client& c, const std::string& name) {
    auto& routes = w.routes(c.edge);
    c.listen();
    if (routes.subscribed(c.end, name)) {
      c.wants.erase(name);
      routes.leave(c.end, name);
      c.listen();
      return;
    }
    c.wants[name] = {};
    routes.wish(c.end, name, manner_for(name, !is_presence(name)),
                is_presence(name) ? std::optional{user(c.name)} : std::nullopt);
  };
  auto sign = [&](model_client& c) {
    auto was = c.signed_in;
    c.reconnect(w.routes(c.edge));
    if (was && random() % 2)
      return;
    names watchlist;
    for (int i = 0; i < 5; ++i) // of user-4 there is nobody
      if (random() % 2)
        watchlist.push_back("user-" + std::to_string(i));
    c.signed_in = true;
    for (auto& id : watchlist)
      c.watched[id] = {};
    w.routes(c.edge).sign_in(c.end, user(c.name), watchlist);
  };

  for (int i = 0; i < 400; ++i) {
    if (random() % 4 == 0)
      act(*all[random() % all.size()], some_channel());
    if (random() % 16 == 0)
      sign(*all[random() % all.size()]);
    if (random() % 16 == 0)
      w.publish(some_channel());
    for (auto n = random() % 4; n > 0; --n)
      w.step(some_edge(), random() % 2);
    auto dice = random() % 1000;
    if (dice < chance.router)
      w.end_router(some_edge());
    else if (dice < chance.router + chance.channel)
      w.restart_channel(some_channel());
    else if (dice < chance.router + chance.channel + chance.directory)
      w.restart_directory(some_edge());
    else if (dice >= 990)
      w.restart_channel("#server-to-user-user-" + std::to_string(dice % 4));
    if (random() % 8 == 0)
      w.start_router(some_edge());
    if (random() % 32 == 0 && chance.channel != 0)
      w.lose_patience();
    if (random() % 8 == 0)
      all[random() % all.size()]->listen();
  }
  for (std::uint32_t e = 0; e < model_edges; ++e)
    w.start_router(e);
  while (!w.quiet())
    w.step(some_edge(), random() % 2);
  for (auto& c : all)
    c->listen();
  for (auto& name : channels)
    check_channel(w, all, name, limit);
  check_users(all);
  for (auto& c : all)
    c->reconnect(w.routes(c->edge));
  while (!w.quiet())
    w.step(some_edge(), random() % 2);
  for (std::uint32_t e = 0; e < model_edges; ++e) {
    CHECK(w.routes(e).routes() == 0);
    CHECK(w.routes(e).users().users() == 0);
  }
  for (auto& name : channels) {
    CHECK_FALSE(w.reported(name).occupied);
    CHECK(w.reported(name).users.empty());
  }
  std::size_t cached = 0; // what is published stays for its time
  for (auto& name : channels)
    cached += is_cache(name) && w.channel(name) ? 1 : 0;
  CHECK(w.channels() == cached);
}

constexpr std::uint64_t runs = 60;

} // namespace

TEST_CASE("whatever clients do, they see members come and go in turn") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(seed, {0, 0, 0}, 100);
}

TEST_CASE("so they do while ROUTERs end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(1000 + seed, {60, 0, 0}, 100);
}

TEST_CASE("so they do while CHANNELs end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(2000 + seed, {0, 60, 0}, 100);
}

TEST_CASE("so they do while DIRECTORIES end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(3000 + seed, {0, 0, 40}, 100);
}

TEST_CASE("so they do while all of them end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(4000 + seed, {40, 40, 30}, 100);
}

TEST_CASE("a channel never has more members than it takes, whoever ends") {
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    run(5000 + seed, {0, 0, 0}, 2);
    run(6000 + seed, {40, 40, 30}, 2);
  }
}
