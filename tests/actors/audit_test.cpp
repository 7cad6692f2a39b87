// The auditor of a whole server: the books against the sockets, the sockets
// against the kernel.
#include "actors/connection.hpp"
#include "net/kernel_sockets.hpp"
#include "tests/actors/support/harness.hpp"
#include "tests/catch.hpp"

#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace tidewire;
using namespace tidewire::testing;
using namespace std::chrono_literals;

TEST_CASE(
    "an entry that leaks out of the live set is drift within two seconds") {
  for (std::uint16_t reactors : {1, 2}) {
    harness node{reactors};
    auto one = node.client_on(0);
    auto two = node.client_on(reactors - 1u);
    REQUIRE(node.gauge_is(2));
    node.on(reactors - 1u, [](shard& s) {
      s.live[0].leak_for_test();
      return true;
    });
    CHECK(eventually([&] { return node.gauge().drift == 1; }, 2s));
    CHECK(node.gauge().total == 3);
    CHECK(eventually([&] { return node.metric("tidewire_gauge_drift") == 1; },
                     2s));
  }
}

TEST_CASE("a connection that is forgotten is drift as well") {
  harness node{1};
  auto one = node.client();
  REQUIRE(node.gauge_is(1));
  node.on(0, [](shard& s) {
    auto* c = s.live[0].entries().front();
    return s.live[0].erase(*c);
  });
  CHECK(eventually([&] { return node.gauge().drift == -1; }, 2s));
}

TEST_CASE("opening and closing is no drift at any moment") {
  harness node{2};
  for (int i = 0; i < 30; ++i) {
    auto one = node.client();
    auto two = node.client();
    if (i % 3 == 0)
      one->reset();
    auto x = node.gauge();
    CAPTURE(i, x.total);
    CHECK(x.exact);
    CHECK(x.drift == 0);
  }
  CHECK(node.gauge_is(0));
}

TEST_CASE("the kernel counts the sockets of a port as we do") {
  harness node{1};
  auto port = node.server().port();
  if (!net::kernel_sockets(port)) {
    WARN("this kernel does not answer sock_diag");
    return;
  }
  CHECK(net::kernel_sockets(port) == 0u);
  std::vector<client_ptr> all;
  for (int i = 0; i < 5; ++i)
    all.push_back(node.client());
  CHECK(net::kernel_sockets(port) == 5u);
  all.pop_back();
  CHECK(node.gauge_is(4));
  CHECK(eventually([&] { return net::kernel_sockets(port) == 4u; }));
}

namespace {

// Listens on a port that the server shares, beside it.
int listen_beside(std::uint16_t port) {
  auto result = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  ::setsockopt(result, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(result, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(result, 8) == 0);
  return result;
}

} // namespace

TEST_CASE("a descriptor nobody knows of is drift when the kernel is asked") {
  harness node{2}; // more than one, so that the port may be shared
  auto port = node.server().port();
  if (!net::kernel_sockets(port)) {
    WARN("this kernel does not answer sock_diag");
    return;
  }
  auto stays = node.client();
  REQUIRE(node.gauge_is(1));
  // A socket of our port that no reactor ever saw: as good as a leaked one.
  auto listener = listen_beside(port);
  std::vector<testing::socket> tries;
  pollfd waiting{listener, POLLIN, 0};
  while (::poll(&waiting, 1, 0) == 0)
    tries.emplace_back(port);
  auto unknown = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(unknown >= 0);
  ::close(listener);
  // An audit of the kernel waits a hundred times as long as the last one took,
  // which on a busy machine is many seconds.
  CHECK(eventually([&] { return node.gauge().drift == -1; }, 120s));
  CHECK(node.gauge().total == 1);
  ::close(unknown);
  tries.clear();
  CHECK(eventually([&] { return node.gauge().drift == 0; }, 120s));
  CHECK(node.gauge_is(1));
}
