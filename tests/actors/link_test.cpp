// Two nodes, their links and what crosses.
#include "tests/actors/link_testing.hpp"

using namespace tidewire;
using namespace tidewire::testing;

namespace {

link_order order(cluster::record_kind kind, std::string bytes,
                 std::uint64_t slot = 0) {
  link_order x;
  x.kind = kind;
  x.slot = slot;
  x.bytes = std::move(bytes);
  return x;
}

// Both ends know of one link.
void join(link_node& a, link_node& b) {
  REQUIRE(a.dial(b.address()).outcome == dial_outcome::linked);
  REQUIRE(soon([&] { return a.line(b.life().node) && b.line(a.life().node); }));
}

} // namespace

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
    CHECK(a.line("b")->send(std::move(x)));
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
