// Everything that keeps a node out, and what both sides are told.
#include "tests/actors/link_testing.hpp"

#include <tuple>

#include <sys/socket.h>
#include <unistd.h>

using namespace tidewire;
using namespace tidewire::testing;
using net::cluster::refusal;

namespace {

// `a` dials `b` and is refused by it; both are told the same.
void check_refused(link_node& a, link_node& b, refusal why,
                   const std::string& part) {
  auto said = a.dial(b.address());
  CHECK(said.outcome == dial_outcome::refused);
  CHECK(said.code == why);
  CHECK(said.sentence.find(part) != std::string::npos);
  REQUIRE(
      soon([&] { return b.see([](auto& x) { return !x.refusals.empty(); }); }));
  b.see([&](auto& x) {
    CHECK(x.refusals.back().code == why);
    CHECK(x.refusals.back().node == a.life().node);
    CHECK(x.refusals.back().sentence == said.sentence);
    CHECK(x.refusals.back().from.starts_with("127.0.0.1:"));
    return 0;
  });
  CHECK(a.lines() == 0);
  CHECK(b.ups() == 0);
}

} // namespace

TEST_CASE("a node with another secret is refused") {
  link_node a{"a", on_loopback("one")}, b{"b", on_loopback("two")};
  check_refused(a, b, refusal::wrong_secret, "cluster.secret");
  CHECK_FALSE(b.see([](auto& x) { return x.refusals.back().proved; }));
}

TEST_CASE("a node of another cluster is refused") {
  auto ebb = on_loopback();
  ebb.name = "ebb";
  link_node a{"a", ebb}, b{"b"};
  check_refused(a, b, refusal::other_cluster, "cluster.name");
}

TEST_CASE("a node of the same name is refused") {
  link_node a{"n"}, b{"n"};
  check_refused(a, b, refusal::name_taken, "server.node");
}

TEST_CASE("a node that takes the name of one that is alive is refused") {
  link_node b{"b"}, first{"a"}, second{"a"};
  join(first, b);
  auto said = second.dial(b.address());
  CHECK(said.outcome == dial_outcome::refused);
  CHECK(said.code == refusal::name_taken);
  CHECK(said.answered == b.life());
  CHECK(b.lines() == 1);
  // When the first one has gone, the name is free.
  first.stop();
  REQUIRE(soon([&] { return b.lines() == 0; }));
  CHECK(soon([&] {
    return second.dial(b.address()).outcome == dial_outcome::linked;
  }));
}

TEST_CASE("a node that dials itself learns that it did") {
  link_node a{"a"};
  auto said = a.dial(a.address());
  CHECK(said.outcome == dial_outcome::yourself);
  CHECK(a.see([](auto& x) { return x.refusals.empty(); }));
}

TEST_CASE(
    "who is linked is not linked twice, and the dial says who lives there") {
  link_node a{"a"}, b{"b"};
  join(a, b);
  for (auto [from, to] : {std::tuple{&a, &b}, std::tuple{&b, &a}}) {
    auto said = from->dial(to->address());
    CHECK(said.outcome == dial_outcome::already_linked);
    CHECK(said.answered == to->life());
  }
  CHECK(a.lines() == 1);
  CHECK(b.lines() == 1);
  CHECK(a.downs() == 0);
}

TEST_CASE("NODE may refuse a life with a sentence, and take it back") {
  link_node a{"a"}, b{"b"};
  b.work().refuse(a.life(), "node a was forgotten; start it anew");
  b.dial("no address"); // so that it has heard
  check_refused(a, b, refusal::unwanted, "was forgotten");
  b.work().refuse(a.life(), "");
  b.dial("no address");
  CHECK(a.dial(b.address()).outcome == dial_outcome::linked);
}

TEST_CASE("a node that leaves refuses whoever is shaking hands") {
  link_node a{"a"}, b{"b"};
  auto half = bare_socket::connect(
      static_cast<std::uint16_t>(std::stoi(b.address().substr(10))));
  auto challenge = [&] {
    char byte = 0;
    return ::recv(half.descriptor(), &byte, 1, MSG_PEEK) == 1;
  };
  REQUIRE(challenge());
  b.stop();
  CHECK(half.read_all().find("node b is shutting down") != std::string::npos);
}

TEST_CASE("an address where nobody listens is told from one that is silent") {
  link_node a{"a"};
  auto nobody = [] {
    auto listener = bare_socket::listen(1);
    return "127.0.0.1:" + std::to_string(listener.port());
  }();
  CHECK(a.dial(nobody).outcome == dial_outcome::no_listener);
  // Somebody listens and says nothing.
  auto mute = bare_socket::listen(8);
  auto begun = std::chrono::steady_clock::now();
  auto said = a.dial("127.0.0.1:" + std::to_string(mute.port()));
  CHECK(said.outcome == dial_outcome::silent);
  auto took = std::chrono::steady_clock::now() - begun;
  CHECK(took > std::chrono::milliseconds{1900});
  CHECK(took < std::chrono::milliseconds{3000});
  CHECK(a.dial("127.0.0.1").outcome == dial_outcome::unreachable);
  CHECK(a.dial("no-such-name.invalid:6101").outcome
        == dial_outcome::unreachable);
}

TEST_CASE("what is no node is told so, in words") {
  link_node a{"a"};
  // Speaks first, and another language.
  auto server = bare_socket::listen(8);
  a.work().dial("127.0.0.1:" + std::to_string(server.port()));
  auto fd = ::accept(server.descriptor(), nullptr, nullptr);
  REQUIRE(fd >= 0);
  CHECK(::send(fd, "220 mail ready\r\n", 16, MSG_NOSIGNAL) == 16);
  REQUIRE(
      soon([&] { return a.see([](auto& x) { return !x.dials.empty(); }); }));
  ::close(fd);
  a.see([](auto& x) {
    CHECK(x.dials[0].outcome == dial_outcome::refused);
    CHECK(x.dials[0].code == refusal::malformed);
    return 0;
  });
}
