// What stays as it was while channels move and actors fail.
#include "tests/actors/cluster/watching.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

TEST_CASE("users stay online while their channels move") {
  nodes n{3};
  n.views({{0, 1}, {2}});
  REQUIRE(n.settled());
  auto watcher = n[0].client();
  watcher->sign_in("w", {"u-1", "u-2", "u-3", "u-4", "u-5", "nobody"});
  watcher->wait_for(watched, {});
  std::vector<client_ptr> users;
  for (int i = 1; i <= 5; ++i) {
    users.push_back(n[static_cast<std::uint32_t>(i % 2)].client());
    users.back()->sign_in("u-" + std::to_string(i));
    watcher->wait_for(watched, {});
  }
  CHECK(watcher->count(watched, {}) == 6);
  n.views({{0, 1, 2}});
  REQUIRE(n.settled());
  n.views({{0, 1}, {2}});
  REQUIRE(n.settled());
  watcher->sync();
  CHECK(watcher->count(watched, {}) == 6);
  auto ended = n[0].api().signed_request(
      "POST", "/users/u-1/terminate_connections", "{}");
  CHECK(ended.status == 200);
  CHECK(users[0]->ends());
  watcher->wait_for(watched, {});
  CHECK(watcher->count(watched, {}) == 7);
}

TEST_CASE("whatever fails on a node, other nodes' subscribers are served") {
  nodes n{2};
  auto all = n.clients();
  auto plain = n.channel_of("news", 0);
  auto room = n.channel_of("presence-room", 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i]->subscribe(plain);
    all[i]->subscribe(room, user(i));
  }
  all[0]->wait_for(added, room);
  int number = 0;
  auto check = [&](const char* what) {
    CAPTURE(what);
    auto event = "e-" + std::to_string(++number);
    for (auto& name : {plain, room})
      check_all_get(all, name, put(n[1], name, event));
    check_members(all, room);
  };
  for (auto how : {death::exit, death::exception}) {
    for (std::uint32_t r = 0; r < 2; ++r) {
      n[0].kill_directory(r, how);
      check("DIRECTORY of the owner");
      n[1].kill_directory(r, how);
      check("DIRECTORY of the edge");
      n[0].kill_router(r, how);
      check("ROUTER of the owner");
      n[1].kill_router(r, how);
      check("ROUTER of the edge");
    }
    auto on = [&](const std::string& name) {
      std::uint32_t result = 0;
      for (std::uint32_t r = 0; r < 2; ++r)
        if (n[0].on(r, [&](shard& s) {
              return s.directory.find(harness::key(name)) != nullptr;
            }))
          result = r;
      return result;
    };
    for (auto& name : {plain, room}) {
      auto r = on(name);
      auto old = n[0].on(r, [&](shard& s) {
        return caf::actor_cast<caf::actor>(
            s.directory.find(harness::key(name))->ctrl());
      });
      harness::end(old, how);
      REQUIRE(eventually([&] {
        return n[0].on(r, [&](shard& s) {
          auto* now = s.directory.find(harness::key(name));
          return now && now->id() != old->id() && now->state().sure();
        });
      }));
      check("CHANNEL");
    }
  }
}
