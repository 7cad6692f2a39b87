#include "actors/state/node_limits.hpp"

#include "tests/catch.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace tidewire;

namespace {

constexpr std::int64_t second = 1'000'000'000;

struct door {
  node_limits limits;
  config::app app;
  config::limit_settings all;
  std::int64_t now = 1000 * second;

  std::variant<permit, refuse_reason> open(app_index at = 0,
                                           std::uint64_t address = 0) {
    newcomer who{at, {}, true};
    if (address != 0)
      who.address = address;
    return limits.admit(who, app, all, now);
  }

  permit let_in(app_index at = 0, std::uint64_t address = 0) {
    auto answer = open(at, address);
    REQUIRE(std::holds_alternative<permit>(answer));
    return std::get<permit>(answer);
  }

  refuse_reason refused(app_index at = 0, std::uint64_t address = 0) {
    auto answer = open(at, address);
    REQUIRE(std::holds_alternative<refuse_reason>(answer));
    return std::get<refuse_reason>(answer);
  }
};

} // namespace

TEST_CASE("an app takes as many connections as it may and not one more") {
  door d;
  d.app.max_connections = 3;
  std::vector<permit> held;
  for (int i = 0; i < 3; ++i)
    held.push_back(d.let_in());
  CHECK(d.refused() == refuse_reason::app_full);
  CHECK(d.limits.counted(0) == 3);
  CHECK(d.limits.admitted() == 3); // a refused one holds nothing
  d.limits.leave(0, held.back());
  CHECK(d.limits.counted(0) == 2);
  d.let_in();
  CHECK(d.refused() == refuse_reason::app_full);
}

TEST_CASE("one app's connections take no place from another") {
  door d;
  d.app.max_connections = 1;
  for (app_index at : {0u, 1u, 63u, 64u, 1000u}) {
    d.let_in(at);
    CHECK(d.refused(at) == refuse_reason::app_full);
  }
}

TEST_CASE("a limit that is set while connections are open holds at once") {
  door d;
  std::vector<permit> held;
  for (int i = 0; i < 5; ++i)
    held.push_back(d.let_in());
  d.app.max_connections = 3;
  CHECK(d.refused() == refuse_reason::app_full);
  for (int i = 0; i < 3; ++i)
    d.limits.leave(0, held[static_cast<std::size_t>(i)]);
  d.let_in();
  CHECK(d.refused() == refuse_reason::app_full);
}

TEST_CASE("the node takes as many connections as it may, of all apps") {
  door d;
  d.all.max_connections = 2;
  auto first = d.let_in(0);
  d.let_in(1);
  CHECK(d.refused(2) == refuse_reason::node_full);
  d.limits.leave(0, first);
  d.let_in(2);
}

TEST_CASE("an address has as many connections as it may, whatever the app") {
  door d;
  d.all.connections_per_address = 2;
  auto first = d.let_in(0, 77);
  d.let_in(1, 77);
  CHECK(d.refused(0, 77) == refuse_reason::address_full);
  d.let_in(0, 78);
  d.let_in(0); // whose address nobody knows
  d.limits.leave(0, first);
  d.let_in(0, 77);
  CHECK(d.refused(0, 77) == refuse_reason::address_full);
}

TEST_CASE("connections are accepted at the rates of app and node") {
  door d;
  d.app.connections_per_second = 3;
  for (int i = 0; i < 3; ++i)
    d.let_in();
  CHECK(d.refused() == refuse_reason::app_rate);
  d.let_in(1); // another app has a rate of its own
  d.now += second / 3;
  d.let_in();
  CHECK(d.refused() == refuse_reason::app_rate);

  door n;
  n.all.connections_per_second = 2;
  n.let_in(0);
  n.let_in(1);
  CHECK(n.refused(2) == refuse_reason::node_rate);
  n.now += second;
  n.let_in(2);
}

TEST_CASE("who is refused for want of room has cost no rate, and the other way "
          "round no room") {
  door d;
  d.app.max_connections = 1;
  d.app.connections_per_second = 2;
  auto only = d.let_in();
  for (int i = 0; i < 10; ++i)
    CHECK(d.refused() == refuse_reason::app_full);
  d.limits.leave(0, only);
  auto second_one = d.let_in();
  d.limits.leave(0, second_one);
  CHECK(d.refused() == refuse_reason::app_rate);
  CHECK(d.limits.counted(0) == 0);
  CHECK(d.limits.admitted() == 0);
}

TEST_CASE("the node's rate refuses without costing the app's") {
  door d;
  d.app.publishes_per_second = 10;
  d.all.publishes_per_second = 4;
  CHECK_FALSE(d.limits.publish(0, d.app, d.all, 4, d.now));
  auto over = d.limits.publish(0, d.app, d.all, 1, d.now);
  REQUIRE(over);
  CHECK(over->of_node);
  CHECK(over->per_second == 4);
  CHECK(over->wait_ns == second / 4);
  d.all.publishes_per_second = 0;
  CHECK_FALSE(d.limits.publish(0, d.app, d.all, 6, d.now));
  over = d.limits.publish(0, d.app, d.all, 1, d.now);
  REQUIRE(over);
  CHECK_FALSE(over->of_node);
  CHECK(over->per_second == 10);
}

TEST_CASE("reads and publishes have rates of their own") {
  door d;
  d.app.publishes_per_second = d.app.reads_per_second = 1;
  CHECK_FALSE(d.limits.publish(0, d.app, d.all, 1, d.now));
  CHECK_FALSE(d.limits.read(0, d.app, d.all, d.now));
  CHECK(d.limits.publish(0, d.app, d.all, 1, d.now));
  CHECK(d.limits.read(0, d.app, d.all, d.now));
}

TEST_CASE("a connection that counts later counts when it says so") {
  door d;
  d.app.max_connections = 1;
  auto waits = d.limits.admit({0, {}, false}, d.app, d.all, d.now);
  REQUIRE(std::holds_alternative<permit>(waits));
  auto held = std::get<permit>(waits);
  CHECK(d.limits.waiting(0) == 1);
  CHECK(d.limits.counted(0) == 0);
  auto other = d.let_in();
  CHECK(d.limits.count(0, 1, held) == refuse_reason::app_full);
  d.limits.leave(0, other);
  CHECK(d.limits.waiting(0) == 1); // as it was
  CHECK_FALSE(d.limits.count(0, 1, held));
  CHECK(d.limits.waiting(0) == 0);
  CHECK(d.refused() == refuse_reason::app_full);
  d.limits.leave(0, held);
  CHECK(d.limits.counted(0) == 0);
  CHECK(d.limits.admitted() == 0);
}

TEST_CASE("a cap that bites lets nobody in, and costs nobody else anything") {
  door d;
  auto open = d.let_in();
  auto pending = d.limits.admit({0, {}, false}, d.app, d.all, d.now);
  auto held = std::get<permit>(pending);
  CHECK(d.limits.ruling(0) == meter::cap_verdict{});
  d.limits.rule(0, {.capped = true,
                    .level = meter::cap_level::over,
                    .newcomers = 4004,
                    .broadcasts = false});
  CHECK(d.limits.ruling(0).newcomers == 4004);
  CHECK_FALSE(d.limits.ruling(0).broadcasts);
  CHECK(d.refused() == refuse_reason::tier_cap);
  CHECK(d.limits.count(0, 0, held) == refuse_reason::tier_cap);
  CHECK(d.limits.waiting(0) == 1); // as it was
  CHECK(d.limits.admitted() == 2); // the refused one holds nothing
  d.let_in(1);
  d.limits.rule(0, {.capped = true});
  CHECK_FALSE(d.limits.count(0, 0, held));
  d.let_in();
  d.limits.leave(0, open);
}

TEST_CASE("an app that nobody has used yet is under no cap") {
  node_limits limits;
  CHECK(limits.ruling(12'345) == meter::cap_verdict{});
}

TEST_CASE("no more wait for an app than it could ever let in") {
  door d;
  d.app.max_connections = 2;
  auto wait = [&] {
    return d.limits.admit({0, {}, false}, d.app, d.all, d.now);
  };
  auto first = std::get<permit>(wait());
  auto second_one = std::get<permit>(wait());
  CHECK(std::get<refuse_reason>(wait()) == refuse_reason::app_pending);
  CHECK(d.limits.admitted() == 2); // the refused one holds nothing
  CHECK_FALSE(d.limits.count(0, 2, first));
  auto third = std::get<permit>(wait()); // in the place that was left
  CHECK_FALSE(d.limits.count(0, 2, second_one));
  CHECK(std::get<refuse_reason>(wait()) == refuse_reason::app_full);
  CHECK(d.limits.count(0, 2, third) == refuse_reason::app_full);
  for (auto& held : {first, second_one, third})
    d.limits.leave(0, held);
  CHECK(d.limits.counted(0) == 0);
  CHECK(d.limits.waiting(0) == 0);
  CHECK(d.limits.admitted() == 0);
  CHECK(std::holds_alternative<permit>(wait()));
}

TEST_CASE("an app without a cap lets any number wait") {
  door d;
  for (int i = 0; i < 1000; ++i)
    CHECK(std::holds_alternative<permit>(
        d.limits.admit({0, {}, false}, d.app, d.all, d.now)));
  CHECK(d.limits.waiting(0) == 1000);
}

TEST_CASE("threads that race for places never get one too many") {
  door d;
  d.app.max_connections = 100;
  d.all.max_connections = 150;
  d.all.connections_per_address = 40;
  std::atomic<int> most{0};
  std::vector<std::thread> all;
  std::atomic<int> open{0};
  for (unsigned i = 0; i < 4; ++i)
    all.emplace_back([&, i] {
      std::vector<permit> held;
      std::uint32_t dice = i + 1;
      for (int k = 0; k < 20'000; ++k) {
        dice = dice * 1664525u + 1013904223u;
        if ((dice >> 16) % 3 != 0) {
          // Every other one is authorized only after its handshake.
          auto at_once = (dice >> 24) % 2 == 0;
          auto answer = d.limits.admit({0, 1 + (dice >> 20) % 4, at_once},
                                       d.app, d.all, d.now);
          auto* got = std::get_if<permit>(&answer);
          if (got && !at_once && d.limits.count(0, 100, *got)) {
            d.limits.leave(0, *got);
          } else if (got) {
            held.push_back(*got);
            auto now = ++open;
            for (auto seen = most.load();
                 seen < now && !most.compare_exchange_weak(seen, now);)
              ;
          }
        } else if (!held.empty()) {
          --open; // before the place is free
          d.limits.leave(0, held.back());
          held.pop_back();
        }
      }
      for (auto& each : held) {
        --open;
        d.limits.leave(0, each);
      }
    });
  for (auto& each : all)
    each.join();
  CHECK(most <= 100);
  CHECK(most > 50); // it came near
  CHECK(d.limits.counted(0) == 0);
  CHECK(d.limits.waiting(0) == 0);
  CHECK(d.limits.admitted() == 0);
  d.all.connections_per_address = 1;
  for (std::uint64_t group = 1; group <= 4; ++group)
    d.let_in(0, group); // no address kept a place
}

// -- in a cluster -------------------------------------------------------------

TEST_CASE("with permits an app takes as many as are held, whatever its limit") {
  door d;
  d.limits.require_permits();
  d.app.max_connections = 10;
  CHECK(d.refused() == refuse_reason::app_full); // none has come yet
  CHECK(d.limits.hold(0, 2) == 2);
  auto first = d.let_in();
  d.let_in();
  CHECK(d.refused() == refuse_reason::app_full);
  CHECK(d.limits.hold(0, 1) == 2); // no fewer than there are
  d.limits.leave(0, first);
  CHECK(d.limits.counted(0) == 1);
  CHECK(d.limits.hold(0, 0) == 1);
  CHECK(d.limits.held(0) == 1u);
  CHECK(d.refused() == refuse_reason::app_full);
}

TEST_CASE(
    "permits hold even where the limit is not known yet, until it is lifted") {
  door d;
  d.limits.require_permits();
  d.let_in(); // no limit, no permits
  d.limits.hold(0, 0);
  CHECK(d.refused() == refuse_reason::app_full);
  d.limits.lift(0);
  CHECK(!d.limits.held(0));
  d.let_in();
  CHECK(d.limits.counted(0) == 2);
}

TEST_CASE(
    "permits that are taken back while reactors accept are never exceeded") {
  door d;
  d.limits.require_permits();
  d.app.max_connections = 1000;
  d.limits.hold(0, 100);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> reactors;
  for (int i = 0; i < 3; ++i)
    reactors.emplace_back([&] {
      while (!stop) {
        auto answer = d.limits.admit({0, {}, true}, d.app, d.all, d.now);
        if (auto* held = std::get_if<permit>(&answer))
          d.limits.leave(0, *held);
      }
    });
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    auto most = d.limits.hold(0, i % 3);
    if (d.limits.counted(0) > most)
      ++wrong;
  }
  stop = true;
  for (auto& each : reactors)
    each.join();
  CHECK(wrong == 0);
}

TEST_CASE("newcomers pass a cap as many as clients are on their way") {
  door d;
  d.limits.rule(0, {.capped = true, .newcomers = 4004});
  CHECK(d.refused() == refuse_reason::tier_cap);
  d.limits.on_the_way(0, true, 2);
  CHECK(d.limits.moving(0));
  d.let_in();
  d.all.max_connections = 1;
  CHECK(d.refused() == refuse_reason::node_full); // costs no pass
  d.all.max_connections = 0;
  d.let_in();
  CHECK(d.refused() == refuse_reason::tier_cap);
  d.limits.on_the_way(0, false, 0);
  CHECK(!d.limits.moving(0));
}

TEST_CASE("an app that recovers goes first where the rate is short") {
  door d;
  d.all.connections_per_second = 10;
  d.limits.on_the_way(1, true, 5);
  for (int i = 0; i < 5; ++i)
    d.let_in(0); // half of the rate
  CHECK(d.refused(0) == refuse_reason::node_rate);
  for (int i = 0; i < 5; ++i)
    d.let_in(1);
  CHECK(d.refused(1) == refuse_reason::node_rate);
}
