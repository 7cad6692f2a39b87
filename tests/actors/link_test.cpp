// Two nodes, their links and what crosses.
#include "tests/actors/link_testing.hpp"

#include <caf/timespan.hpp>

using namespace tidewire;
using namespace tidewire::testing;

TEST_CASE("two nodes link, each knowing who the other is") {
  link_node a{"a"}, b{"b"};
  auto said = a.dial(b.address());
  CHECK(said.outcome == dial_outcome::linked);
  CHECK(said.answered == b.life());
  REQUIRE(soon([&] { return a.ups() == 1 && b.ups() == 1; }));
  auto to_b = a.line("b");
  auto to_a = b.line("a");
  CHECK(to_b->peer().who == b.life());
  CHECK(to_b->peer().dialled);
  CHECK(to_b->peer().address == b.address());
  CHECK(to_a->peer().who == a.life());
  CHECK_FALSE(to_a->peer().dialled);
  CHECK(to_a->peer().address == a.address());
}

TEST_CASE("what is sent arrives both ways, once and in order") {
  link_node a{"a"}, b{"b"};
  join(a, b);
  constexpr std::size_t many = 3000;
  for (std::size_t i = 0; i < many; ++i) {
    auto x = order(40, "from a " + std::to_string(i));
    x.from = 3;
    x.to = 5;
    auto sent = a.line("b")->send(std::move(x));
    CHECK(sent);
    CHECK(b.line("a")->send(order(70, "from b " + std::to_string(i))));
  }
  REQUIRE(soon([&] { return a.records() == many && b.records() == many; }));
  b.see([&](auto& x) {
    for (std::size_t i = 0; i < many; ++i) {
      REQUIRE(x.records[i].bytes == "from a " + std::to_string(i));
      REQUIRE(x.records[i].kind == 40);
      REQUIRE(x.records[i].to == 5);
      REQUIRE(reactor_of(x.records[i].from) == 3);
      REQUIRE(node_of(x.records[i].from) == x.records[i].peer->number);
    }
    return 0;
  });
  a.see([&](auto& x) {
    for (std::size_t i = 0; i < many; ++i)
      REQUIRE(x.records[i].bytes == "from b " + std::to_string(i));
    return 0;
  });
  // All of it is acknowledged, too.
  CHECK(soon([&] {
    return a.line("b")->waiting() == 0 && b.line("a")->waiting() == 0;
  }));
}

TEST_CASE("a node that leaves says so") {
  link_node a{"a"}, b{"b"};
  join(a, b);
  CHECK(b.stop() < std::chrono::seconds{2});
  REQUIRE(soon([&] { return a.downs() == 1; }));
  a.see([](auto& x) {
    CHECK(x.down[0].why == "node b left");
    CHECK_FALSE(x.down[0].by_us);
    return 0;
  });
}

TEST_CASE("of records with a slot the latest arrives") {
  link_node a{"a"}, b{"b"};
  join(a, b);
  constexpr int many = 20'000;
  for (int i = 0; i <= many; ++i)
    a.work().send(b.life(), order(1, std::to_string(i), 5));
  REQUIRE(soon([&] {
    return b.see([](auto& x) {
      return !x.records.empty()
             && x.records.back().bytes == std::to_string(many);
    });
  }));
}

TEST_CASE("an order to all goes to all that are linked, and to nobody twice") {
  link_node a{"a"}, b{"b"}, c{"c"};
  join(a, b);
  join(c, a);
  a.work().send_all(order(100, "hello"));
  CHECK(soon([&] { return b.records() == 1 && c.records() == 1; }));
  a.work().send({"nobody", 1}, order(100, "lost"));
  a.work().send(b.life(), order(100, "second"));
  CHECK(soon([&] { return b.records() == 2; }));
  CHECK(c.records() == 1);
}

TEST_CASE("a record is as long as it may be, and one longer is not taken") {
  link_node a{"a"}, b{"b"};
  join(a, b);
  auto most = cluster::max_record_bytes - 16;
  CHECK_FALSE(a.line("b")->send(order(100, std::string(most + 1, 'x'))));
  CHECK(a.line("b")->send(order(100, std::string(most, 'x'))));
  REQUIRE(soon([&] { return b.records() == 1; }));
  CHECK(b.see([](auto& x) { return x.records[0].bytes.size(); }) == most);
}

TEST_CASE("a line to a node that is gone takes nothing and keeps nothing") {
  link_node a{"a"}, b{"b"};
  join(a, b);
  auto line = a.line("b");
  b.stop();
  REQUIRE(soon([&] { return a.downs() == 1; }));
  CHECK_FALSE(line->send(order(100, "late")));
  CHECK(a.line("b") == nullptr);
}

TEST_CASE("a NODE that takes over is told of the lines that stand") {
  link_node a{"a"}, b{"b"};
  join(a, b);
  REQUIRE(soon([&] { return a.ups() == 1; }));
  a.work().node_is(a.node());
  CHECK(soon([&] { return a.ups() == 2; }));
}

TEST_CASE("a node can be linked again and again, and CAF forgets each time") {
  link_node a{"a"}, b{"b"};
  for (std::size_t i = 1; i <= 30; ++i) {
    join(a, b);
    // Whoever counts on numbers, as placements do, knows it again.
    CHECK(a.line("b")->peer().number == 1);
    a.work().cut(b.life(), "again");
    REQUIRE(soon([&] { return a.downs() == i && b.downs() == i; }));
    REQUIRE(soon([&] { return !a.line("b") && !b.line("a"); }));
  }
  // CAF keeps what it calls spawn servers for ever, if it is left to.
  REQUIRE(soon([&] { return a.spawn_servers() == 0; }));
  CHECK(soon([&] { return b.spawn_servers() == 0; }));
}

TEST_CASE("a life has one number here, however often it is linked anew") {
  link_node a{"a"};
  link_node b{"b"};
  link_node c{"c"};
  join(a, b);
  auto of_b = a.line("b")->peer().number;
  CHECK(of_b != 0);
  join(a, c);
  auto of_c = a.line("c")->peer().number;
  CHECK(of_c != of_b);
  a.work().cut(b.life(), "for the test");
  REQUIRE(soon([&] { return a.lines() == 1 && b.lines() == 0; }));
  join(a, b);
  CHECK(a.line("b")->peer().number == of_b);
  CHECK(a.line("c")->peer().number == of_c);
}

TEST_CASE("two systems of one process and machine differ in every node id") {
  // CAF's own ids would be the same but for one byte, and the same altogether
  // in two containers.
  link_node a{"a"}, b{"b"};
  auto text_of_a = to_string(a.system().node());
  auto text_of_b = to_string(b.system().node());
  REQUIRE(text_of_a.size() > 40);
  int equal = 0;
  for (std::size_t i = 0; i < 40; ++i)
    equal += text_of_a[i] == text_of_b[i];
  CHECK(equal < 20);
  join(a, b);
}

TEST_CASE("CAF itself listens nowhere and watches nobody") {
  link_node a{"a"};
  auto& config = a.system().config();
  CHECK(get_or(config, "middleman.heartbeat-interval", caf::timespan{1})
        == caf::timespan{0});
  CHECK(get_or(config, "middleman.connection-timeout", caf::timespan{1})
        == caf::timespan{0});
  CHECK_FALSE(get_or(config, "middleman.enable-automatic-connections", true));
}
