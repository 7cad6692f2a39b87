// Peers that die, stop, or take nothing; both dialling; the end.
#include "tests/actors/link_testing.hpp"

#include <csignal>
#include <thread>

using namespace tidewire;
using namespace tidewire::testing;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

std::chrono::milliseconds since(clock_type::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now()
                                                               - begun);
}

config::cluster_settings lost_after(std::chrono::milliseconds lost) {
  auto x = on_loopback();
  x.lost = lost;
  return x;
}

std::string last_record(const link_node& x) {
  return x.see([](auto& all) {
    return all.records.empty() ? std::string{} : all.records.back().bytes;
  });
}

} // namespace

TEST_CASE("a peer that is killed is known to be gone within 200 ms") {
  link_node a{"a"};
  peer_process peer{a.address()};
  REQUIRE(soon([&] { return a.line("peer") != nullptr; }));
  auto begun = clock_type::now();
  peer.signal(SIGKILL);
  REQUIRE(soon([&] { return a.downs() == 1; }));
  CHECK(since(begun) < 200ms);
  a.see([](auto& x) {
    CHECK(x.down[0].why == "the connection to node peer broke");
    CHECK_FALSE(x.down[0].by_us);
    return 0;
  });
}

TEST_CASE("a peer that takes nothing is cut after the lost time") {
  link_node a{"a", lost_after(1500ms)};
  peer_process peer{a.address()};
  REQUIRE(soon([&] { return a.line("peer") != nullptr; }));
  peer.signal(SIGSTOP);
  auto begun = clock_type::now();
  REQUIRE(soon([&] { return a.downs() == 1; }));
  CHECK(since(begun) > 1400ms);
  CHECK(since(begun) < 4000ms);
  a.see([](auto& x) {
    CHECK(x.down[0].why == "node peer acknowledged nothing for 1.5 s");
    CHECK(x.down[0].by_us);
    return 0;
  });
  // On waking it finds the connection reset, and may come back.
  peer.signal(SIGCONT);
  CHECK(a.lines() == 0);
}

TEST_CASE("a peer that stops reading costs 8 MB at most, whoever sends") {
  link_node a{"a", lost_after(3600s)};
  peer_process peer{a.address()};
  REQUIRE(soon([&] { return a.line("peer") != nullptr; }));
  auto line = a.line("peer");
  auto send_all_may = [&] {
    while (line->may_send()) {
      line->send(order(40, std::string(20'000, 'x')));
      std::this_thread::yield();
    }
  };
  send_all_may();
  REQUIRE(soon([&] { return line->waiting() == 0; }));
  auto before = memory_now();
  peer.signal(SIGSTOP);
  auto until = clock_type::now() + 4s;
  while (clock_type::now() < until) {
    send_all_may();
    // Records that replace each other cost nothing, however many they are.
    for (int i = 0; i < 50; ++i)
      a.work().send(line->peer().who, order(1, std::string(5000, 'y'), 1));
    let_pass(5ms);
  }
  CHECK_FALSE(line->may_send());
  CHECK(line->waiting() < 3u * 1024 * 1024);
  CHECK(memory_now() < before + 8u * 1024 * 1024);
  CHECK(a.downs() == 0);
  // It wakes, and everything goes on.
  peer.signal(SIGCONT);
  CHECK(soon([&] { return line->may_send(); }));
  CHECK(soon([&] { return line->waiting() < 20'000; }));
  CHECK(a.see([](auto& x) { return x.rooms; }) >= 1);
}

TEST_CASE("a link on which twice the bound gathers is cut") {
  auto settings = lost_after(3600s);
  settings.max_unacknowledged = 100'000;
  link_node a{"a", settings};
  peer_process peer{a.address()};
  REQUIRE(soon([&] { return a.line("peer") != nullptr; }));
  peer.signal(SIGSTOP);
  auto line = a.line("peer");
  for (int i = 0; i < 30; ++i)
    line->send(order(40, std::string(10'000, 'x')));
  REQUIRE(soon([&] { return a.downs() == 1; }));
  CHECK(a.see([](auto& x) {
           return x.down[0].why;
         }).find("cluster.max_unacknowledged")
        != std::string::npos);
}

TEST_CASE("a node that was stopped itself accuses nobody") {
  link_node a{"a", lost_after(60s)};
  peer_process peer{a.address(), "700"};
  REQUIRE(soon([&] { return last_record(a) == "1 up, 0 down"; }));
  for (int i = 0; i < 3; ++i) {
    peer.signal(SIGSTOP);
    let_pass(1500ms); // twice what it takes for silence
    peer.signal(SIGCONT);
    auto seen = a.records();
    REQUIRE(soon([&] { return a.records() > seen + 3; }));
  }
  CHECK(last_record(a) == "1 up, 0 down");
  CHECK(a.downs() == 0);
}

TEST_CASE("a link that is silent gives way to a new one") {
  auto settings = lost_after(3600s);
  settings.suspect = 500ms;
  link_node a{"a", settings};
  auto first = std::make_unique<peer_process>(a.address());
  REQUIRE(soon([&] { return a.line("peer") != nullptr; }));
  auto old = a.line("peer")->peer().who;
  first->signal(SIGSTOP);
  // As after a power failure: no reset ever comes, and the node is back.
  peer_process second{a.address()};
  let_pass(700ms);
  peer_process third{a.address()};
  REQUIRE(soon([&] {
    auto line = a.line("peer");
    return line && line->peer().who != old;
  }));
  CHECK(a.lines() == 1);
}

TEST_CASE("two nodes that dial each other at once end with one link") {
  for (int round = 0; round < 40; ++round) {
    link_node a{"a"}, b{"b"};
    std::thread one{[&] { a.work().dial(b.address()); }};
    std::thread two{[&] { b.work().dial(a.address()); }};
    one.join();
    two.join();
    REQUIRE(soon([&] {
      return a.see([](auto& x) { return x.dials.size(); }) == 1
             && b.see([](auto& x) { return x.dials.size(); }) == 1
             && a.lines() == 1 && b.lines() == 1;
    }));
    CHECK(a.line("b")->peer().dialled != b.line("a")->peer().dialled);
    CHECK(soon([&] { return a.ups() == 1 && b.ups() == 1; }));
    CHECK(a.downs() == 0);
    CHECK(b.downs() == 0);
    a.line("b")->send(order(1, "over it"));
    REQUIRE(soon([&] { return b.records() == 1; }));
  }
}

TEST_CASE("five nodes that all dial all end with ten links") {
  std::vector<std::unique_ptr<link_node>> all;
  for (int i = 0; i < 5; ++i)
    all.push_back(
        std::make_unique<link_node>("n" + std::to_string(i), on_loopback()));
  for (auto& from : all)
    for (auto& to : all)
      from->work().dial(to->address());
  REQUIRE(soon([&] {
    for (auto& each : all)
      if (each->lines() != 4
          || each->see([](auto& x) { return x.dials.size(); }) != 5)
        return false;
    return true;
  }));
  for (auto& each : all) {
    CHECK(soon([&] { return each->ups() == 4; }));
    CHECK(each->downs() == 0);
  }
}

TEST_CASE("a node ends within 2 s in any state") {
  auto mute = bare_socket::listen(16);
  auto mute_address = "127.0.0.1:" + std::to_string(mute.port());
  for (int round = 0; round < 10; ++round) {
    SECTION("round " + std::to_string(round)) {
      // Idle, and before anything was done.
      CHECK(link_node{"idle"}.stop() < 2s);
      // While it dials, and while somebody shakes hands with it.
      {
        link_node a{"a"};
        auto half = bare_socket::connect(
            static_cast<std::uint16_t>(std::stoi(a.address().substr(10))));
        a.work().dial(mute_address);
        a.work().dial("no-such-name.invalid:1");
        CHECK(a.stop() < 2s);
      }
      // While links are being made, at whatever point that is.
      {
        link_node a{"a"}, b{"b"};
        a.work().dial(b.address());
        b.work().dial(a.address());
        let_pass(std::chrono::microseconds{300 * round});
        CHECK(b.stop() < 2s);
        CHECK(a.stop() < 2s);
      }
      // While much is on the way in both directions.
      {
        link_node a{"a"}, b{"b"};
        join(a, b);
        for (int i = 0; i < 200; ++i) {
          a.line("b")->send(order(40, std::string(5000, 'x')));
          if (auto line = b.line("a"))
            line->send(order(40, std::string(5000, 'x')));
        }
        CHECK(a.stop() < 2s);
        CHECK(b.stop() < 2s);
      }
    }
  }
}

TEST_CASE("a node ends within 2 s while its peer takes nothing") {
  link_node a{"a", lost_after(3600s)};
  peer_process peer{a.address()};
  REQUIRE(soon([&] { return a.line("peer") != nullptr; }));
  peer.signal(SIGSTOP);
  while (a.line("peer")->may_send())
    a.line("peer")->send(order(40, std::string(20'000, 'x')));
  CHECK(a.stop() < 2s);
}
