// Whoever may knock at the cluster port who is no node.
#include "net/cluster/handshake.hpp"
#include "tests/actors/link_testing.hpp"

#include <random>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

std::uint16_t port_of(const link_node& x) {
  return static_cast<std::uint16_t>(std::stoi(x.address().substr(10)));
}

// The node still takes in who has a right to.
void check_alive(link_node& victim) {
  link_node friendly{"friend"};
  REQUIRE(friendly.dial(victim.address()).outcome == dial_outcome::linked);
  CHECK(soon([&] { return victim.line("friend") != nullptr; }));
  friendly.stop();
  CHECK(soon([&] { return victim.line("friend") == nullptr; }));
}

} // namespace

TEST_CASE("another protocol is answered in words and shown out") {
  link_node a{"a"};
  auto x = bare_socket::connect(port_of(a));
  x.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(x.read_all().find("This is the cluster port of a Tidewire node")
        != std::string::npos);
}

TEST_CASE("random bytes, cut greetings and mad lengths harm nobody") {
  link_node a{"a"};
  std::mt19937_64 random{5};
  net::cluster::hello some;
  some.types = "x";
  some.cluster = "tidewire";
  some.node = "n";
  some.incarnation = 1;
  some.address = "127.0.0.1:1";
  std::string greeting;
  net::cluster::append_frame(greeting, net::cluster::step::greeting,
                             write_hello(some) + std::string(32, 'p'));
  for (int round = 0; round < 60; ++round) {
    auto x = bare_socket::connect(port_of(a));
    std::string bytes;
    switch (round % 4) {
    case 0: // anything
      bytes.resize(1 + random() % 5000);
      for (auto& each : bytes)
        each = static_cast<char>(random());
      break;
    case 1: // cut anywhere, and then the end
      bytes = greeting.substr(0, random() % greeting.size());
      break;
    case 2: // the greatest length
      bytes = "TIDE\x01\x02\xff\xff" + std::string(3000, 'x');
      break;
    default: // a byte is another one
      bytes = greeting;
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    x.send(bytes);
    ::shutdown(x.descriptor(), SHUT_WR);
    auto answer = x.read_all();
    CHECK(answer.find("<nothing more") == std::string::npos);
  }
  CHECK(a.ups() == 0);
  check_alive(a);
}

TEST_CASE("who says nothing, or a byte now and then, is shown out after 2 s") {
  link_node a{"a"};
  auto mute = bare_socket::connect(port_of(a));
  auto slow = bare_socket::connect(port_of(a));
  auto begun = std::chrono::steady_clock::now();
  std::string_view greeting = "TIDE\x01\x02\x01";
  for (auto byte : greeting) {
    slow.send({&byte, 1});
    ::poll(nullptr, 0, 200);
  }
  slow.read_all();
  mute.read_all();
  auto took = std::chrono::steady_clock::now() - begun;
  CHECK(took > std::chrono::milliseconds{1500});
  CHECK(took < std::chrono::milliseconds{3000});
  check_alive(a);
}

TEST_CASE("a thousand mute connections do not keep a node out") {
  link_node a{"a"};
  std::vector<bare_socket> crowd;
  for (int i = 0; i < 1000; ++i)
    crowd.push_back(bare_socket::connect(port_of(a)));
  check_alive(a);
}

TEST_CASE("a black hole does not delay others") {
  link_node a{"a"}, b{"b"};
  // A listener whose backlog is full: the kernel answers nobody any more.
  auto hole = bare_socket::listen(0);
  auto filler = bare_socket::connect(hole.port());
  std::vector<int> more;
  for (int i = 0; i < 4; ++i) {
    auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_storage at{};
    socklen_t size = sizeof at;
    ::getsockname(hole.descriptor(), reinterpret_cast<sockaddr*>(&at), &size);
    ::connect(fd, reinterpret_cast<sockaddr*>(&at), size);
    more.push_back(fd);
  }
  auto begun = std::chrono::steady_clock::now();
  a.work().dial("127.0.0.1:" + std::to_string(hole.port()));
  a.work().dial(b.address());
  REQUIRE(soon([&] { return a.line("b") && b.line("a"); }));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{1});
  REQUIRE(
      soon([&] { return a.see([](auto& x) { return x.dials.size() == 2; }); }));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{3});
  a.see([](auto& x) {
    CHECK(x.dials[1].outcome == dial_outcome::silent);
    CHECK_FALSE(x.dials[1].answered);
    return 0;
  });
  for (auto fd : more)
    ::close(fd);
}
