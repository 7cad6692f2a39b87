// What the death of one actor means for everybody else: a whole server, real
// sockets, and one actor after the other told to exit or made to fail.
#include "actors/connection.hpp"
#include "tests/actors/support/event_names.hpp"
#include "tests/actors/support/harness.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <vector>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

// Publishes until it is accepted: while an actor is being replaced, a 503 that
// says so is right.
void publish(harness& node, std::string_view channel, std::string_view name) {
  REQUIRE(eventually(
      [&] { return node.api().publish(channel, name, "x").status == 200; }));
}

// One on every reactor, and a second one on the first.
std::vector<client_ptr> clients_everywhere(harness& node) {
  std::vector<client_ptr> result;
  for (std::uint32_t i = 0; i < node.reactors(); ++i)
    result.push_back(node.client_on(i));
  result.push_back(node.client_on(0));
  REQUIRE(node.gauge_is(result.size()));
  return result;
}

void subscribe_all(const std::vector<client_ptr>& all,
                   const std::string& channel) {
  for (auto& c : all)
    c->subscribe(channel);
}

// The same for a presence channel, each client as a user of its own.
void come_in(const std::vector<client_ptr>& all, const std::string& channel) {
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i]->subscribe(channel, std::string(1, static_cast<char>('a' + i)));
}

// Everybody gets the event, on the socket it has had all along.
void check_reach(harness& node, const std::vector<client_ptr>& all,
                 const std::string& channel, std::string_view name) {
  publish(node, channel, name);
  for (auto& c : all) {
    c->wait_for(name, channel);
    CHECK(c->count(name, channel) == 1);
    CHECK_FALSE(c->ended());
  }
}

// Every client saw exactly those come who came after it, once, and nobody go.
void check_members(const std::vector<client_ptr>& all,
                   const std::string& channel, std::size_t more = 0) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    all[i]->sync();
    CHECK(all[i]->count(added, channel) == all.size() - 1 - i + more);
    CHECK(all[i]->count(removed, channel) == 0);
  }
}

std::string about(death how) {
  return how == death::exit ? "told to exit" : "an exception in a handler";
}

constexpr death both[] = {death::exit, death::exception};
constexpr std::uint16_t sizes[] = {1, 2};

} // namespace

TEST_CASE("subscribers outlive the CHANNEL and get the next event") {
  for (auto reactors : sizes)
    for (auto how : both) {
      CAPTURE(reactors, about(how));
      harness node{reactors};
      auto all = clients_everywhere(node);
      for (std::uint32_t at = 0; at < reactors; ++at) {
        auto channel = node.channel_of("news", at);
        subscribe_all(all, channel);
        check_reach(node, all, channel, "before");
        node.kill_channel(channel, how);
        check_reach(node, all, channel, "after");
      }
      CHECK(node.gauge_is(all.size()));
      CHECK(eventually([&] {
        return node.metric("tidewire_actor_restarts_total") == reactors;
      }));
    }
}

TEST_CASE("an event published while the CHANNEL is replaced is not lost") {
  harness node{2};
  auto all = clients_everywhere(node);
  auto channel = node.channel_of("news", 1);
  subscribe_all(all, channel);
  for (int i = 0; i < 20; ++i) {
    harness::end(node.channel(channel), both[i % 2]);
    auto name = "event-" + std::to_string(i);
    REQUIRE(node.api().publish(channel, name, "x").status == 200);
    for (auto& c : all)
      c->wait_for(name, channel);
  }
}

TEST_CASE("no member comes or goes because the CHANNEL was replaced") {
  for (auto reactors : sizes)
    for (auto how : both) {
      CAPTURE(reactors, about(how));
      harness node{reactors};
      auto all = clients_everywhere(node);
      auto channel = node.channel_of("presence-room", reactors - 1u);
      come_in(all, channel);
      for (int i = 0; i < 3; ++i) {
        node.kill_channel(channel, how);
        check_reach(node, all, channel, "after-" + std::to_string(i));
      }
      check_members(all, channel);
      CHECK(node.gauge_is(all.size()));

      // Who comes later is announced once, and finds everybody.
      auto late = node.client_on(0);
      auto list = late->subscribe(channel, "z").data;
      for (std::size_t i = 0; i < all.size(); ++i)
        CHECK(list.find(std::string{'"', static_cast<char>('a' + i), '"'})
              != list.npos);
      check_reach(node, all, channel, "last");
      for (auto& c : all)
        CHECK(std::any_of(c->log().begin(), c->log().end(), [](auto& x) {
          return x.name == added && x.data.find("\"z\"") != x.data.npos;
        }));
      check_members(all, channel, 1);
    }
}

TEST_CASE("subscribers outlive the ROUTER and get the next event") {
  for (auto reactors : sizes)
    for (auto how : both) {
      CAPTURE(reactors, about(how));
      harness node{reactors};
      auto all = clients_everywhere(node);
      auto plain = node.channel_of("news", 0);
      auto room = node.channel_of("presence-room", reactors - 1u);
      subscribe_all(all, plain);
      come_in(all, room);
      for (std::uint32_t at = 0; at < reactors; ++at) {
        node.kill_router(at, how);
        check_reach(node, all, plain, "plain-" + std::to_string(at));
        check_reach(node, all, room, "room-" + std::to_string(at));
      }
      check_members(all, room);
      CHECK(node.gauge_is(all.size()));
      CHECK(eventually([&] {
        return node.metric("tidewire_actor_restarts_total") == reactors;
      }));
    }
}

TEST_CASE("subscribers outlive ROUTERs and CHANNELs that end together") {
  for (auto reactors : sizes) {
    CAPTURE(reactors);
    harness node{reactors};
    auto all = clients_everywhere(node);
    auto plain = node.channel_of("news", 0);
    auto room = node.channel_of("presence-room", reactors - 1u);
    subscribe_all(all, plain);
    come_in(all, room);
    for (int i = 0; i < 5; ++i) {
      std::vector<caf::actor> old;
      for (std::uint32_t at = 0; at < reactors; ++at)
        old.push_back(node.router(at));
      auto old_plain = node.channel(plain);
      auto old_room = node.channel(room);
      harness::end(old_plain, both[i % 2]);
      for (auto& x : old)
        harness::end(x, both[i % 2]);
      harness::end(old_room, both[i % 2]);
      for (std::uint32_t at = 0; at < reactors; ++at)
        REQUIRE(node.router_replaced(at, old[at]));
      REQUIRE(node.channel_replaced(plain, old_plain));
      REQUIRE(node.channel_replaced(room, old_room));
      check_reach(node, all, plain, "plain-" + std::to_string(i));
      check_reach(node, all, room, "room-" + std::to_string(i));
    }
    check_members(all, room);
    CHECK(node.gauge_is(all.size()));
  }
}

TEST_CASE("a wish that is noted while the ROUTER is dead is granted") {
  for (auto reactors : sizes)
    for (std::uint32_t owner = 0; owner < reactors; ++owner) {
      CAPTURE(reactors, owner);
      harness node{reactors};
      auto wishes = node.client_on(0);
      auto room = node.client_on(reactors - 1u);
      auto plain = node.channel_of("news", owner);
      auto presence = node.channel_of("presence-room", owner);
      room->subscribe(presence, "host");
      auto old = node.router(0);
      // The reactor is held while ROUTER ends and the wishes arrive.
      node.on(0, [&](shard&) {
        harness::end(old, death::exit);
        wishes->ask_for(plain);
        wishes->ask_for(presence, "guest");
        return true;
      });
      wishes->wait_for("pusher_internal:subscription_succeeded", plain);
      wishes->wait_for("pusher_internal:subscription_succeeded", presence);
      REQUIRE(node.router_replaced(0, old));
      publish(node, plain, "hello");
      publish(node, presence, "hello");
      wishes->wait_for("hello", plain);
      wishes->wait_for("hello", presence);
      room->wait_for("hello", presence);
      CHECK(room->count(added, presence) == 1);
      CHECK(room->count(removed, presence) == 0);
      CHECK(wishes->count(added, presence) == 0);
    }
}

TEST_CASE("a wish on its way to a CHANNEL that ends is granted") {
  harness node{2};
  for (std::uint32_t owner : {0u, 1u}) {
    auto host = node.client_on(owner);
    for (int i = 0; i < 5; ++i) {
      auto plain = node.channel_of("news-" + std::to_string(i) + "-", owner);
      auto room = node.channel_of("presence-" + std::to_string(i) + "-", owner);
      host->subscribe(plain);
      host->subscribe(room, "host");
      auto local = node.client_on(owner);
      auto remote = node.client_on(1 - owner);
      node.on(owner, [&](shard& s) {
        for (auto& name : {plain, room})
          harness::end(caf::actor_cast<caf::actor>(
                           s.directory.find(harness::key(name))->ctrl()),
                       both[i % 2]);
        for (auto* c : {local.get(), remote.get()}) {
          c->ask_for(plain);
          c->ask_for(room, c == local.get() ? "local" : "remote");
        }
        return true;
      });
      for (auto* c : {local.get(), remote.get()}) {
        c->wait_for("pusher_internal:subscription_succeeded", plain);
        c->wait_for("pusher_internal:subscription_succeeded", room);
      }
      publish(node, plain, "hello");
      publish(node, room, "hello");
      for (auto* c : {host.get(), local.get(), remote.get()}) {
        c->wait_for("hello", plain);
        c->wait_for("hello", room);
      }
      CHECK(host->count(added, room) == 2);
      CHECK(host->count(removed, room) == 0);
    }
  }
}

TEST_CASE("the end of a CONNECTION closes one socket and lowers the gauge") {
  for (auto reactors : sizes)
    for (auto how : both) {
      CAPTURE(reactors, about(how));
      harness node{reactors};
      auto all = clients_everywhere(node);
      auto channel = node.channel_of("presence-room", 0);
      come_in(all, channel);
      auto victim = std::move(all.back());
      all.pop_back();
      harness::end(node.connection(victim->id()), how);
      CHECK(victim->ends());
      CHECK(victim->close_code() == 1011);
      CHECK(node.gauge_is(all.size()));
      check_reach(node, all, channel, "after");
      for (auto& c : all)
        CHECK(c->count(removed, channel) == 1);
      auto closed = [&](std::string reason) {
        return node.metric("tidewire_connections_closed_total{app_id=\"1\","
                           "reason=\""
                           + reason + "\"}");
      };
      CHECK(closed("killed") == (how == death::exit ? 1 : 0));
      CHECK(closed("crash") == (how == death::exit ? 0 : 1));
      CHECK(node.metric("tidewire_actor_restarts_total") == 0);
      auto failures = how == death::exit ? 0 : 1;
      CHECK(node.metric("tidewire_handler_failures_total") == failures);
    }
}

TEST_CASE("connections come and go while others of them fail") {
  harness node{2};
  std::vector<client_ptr> all;
  for (int i = 0; i < 12; ++i) {
    all.push_back(node.client());
    all.back()->subscribe("news");
  }
  for (int i = 0; i < 6; ++i) {
    harness::end(node.connection(all.front()->id()), both[i % 2]);
    CHECK(all.front()->ends());
    all.erase(all.begin());
    check_reach(node, all, "news", "event-" + std::to_string(i));
    CHECK(node.gauge_is(all.size()));
  }
}
