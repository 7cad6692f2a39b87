#include "net/outbox.hpp"
#include "net/tls_stream.hpp"

#include "tests/catch.hpp"
#include "tests/net/tls_testing.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

using namespace tidewire;
using namespace tidewire::testing;
using net::outbox;
using net::tls_engine;
using net::tls_stream;

namespace {

using outcome = tls_stream::outcome;

// A server's socket whose buffer is as small as the kernel lets it be, and a
// client on the other side.
struct connection {
  connection()
      : client(client_side.get(), tls_engine::role::client),
        server(*server_side) {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    int small = 1;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    client.greet();
    while (!client.established() || !server.engine().established()) {
      say();
      std::array<char, 65'536> plain;
      CHECK(server.receive(ends[0], plain) == -1);
      CHECK(errno == EAGAIN);
      server.flush(ends[0]);
      CHECK(hear().empty());
    }
  }
  ~connection() {
    ::close(ends[0]);
    hang_up();
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void hang_up() {
    if (ends[1] >= 0)
      ::close(std::exchange(ends[1], -1));
  }

  // What the client has encrypted goes to the server's socket.
  void say() {
    auto bytes = std::exchange(client.out, {});
    CHECK(::send(ends[1], bytes.data(), bytes.size(), 0)
          == static_cast<ssize_t>(bytes.size()));
  }
  void say(std::string_view plain) {
    REQUIRE(client.put(plain));
    say();
  }

  // What the client hears, of at most `most` encrypted bytes.
  std::string hear(std::size_t most = 10'000'000) {
    std::string result;
    std::array<char, 4096> bytes;
    std::array<char, 32'768> plain;
    while (most > 0) {
      auto count = ::recv(ends[1], bytes.data(), std::min(most, bytes.size()),
                          MSG_DONTWAIT);
      if (count <= 0)
        break;
      most -= static_cast<std::size_t>(count);
      arrived += static_cast<std::size_t>(count);
      auto got =
          client.take({bytes.data(), static_cast<std::size_t>(count)}, plain);
      result.append(plain.data(), got);
    }
    return result;
  }

  net::tls_context::ptr server_side = server_context();
  client_context client_side = make_client();
  tls_engine client;
  tls_stream server;
  std::size_t arrived = 0; // encrypted bytes at the client
  int ends[2];
};

struct notes final : outbox::observer {
  void written(const frame& what) noexcept override {
    sizes.push_back(what.bytes().size());
  }
  std::vector<std::size_t> sizes;
};

frame_ptr text(std::string_view what) {
  return frame::make("", what);
}

std::string pattern(std::size_t size, unsigned seed) {
  std::string result(size, 0);
  for (std::size_t i = 0; i < size; ++i)
    result[i] = static_cast<char>('a' + (i * 7 + seed + i / 251) % 26);
  return result;
}

constexpr std::size_t record_overhead = 5 + 1 + 16;

} // namespace

TEST_CASE("a stream receives what was said, as recv would") {
  connection x;
  std::array<char, 65'536> plain;
  CHECK(x.server.receive(x.ends[0], plain) == -1);
  CHECK(errno == EAGAIN);
  x.say("hello");
  REQUIRE(x.server.receive(x.ends[0], plain) == 5);
  CHECK(std::string_view(plain.data(), 5) == "hello");
  CHECK(x.server.owed() == 0);
  CHECK_FALSE(x.server.ended());
}

TEST_CASE("an end with close_notify is 0, one without is an error") {
  std::array<char, 65'536> plain;
  {
    connection x;
    x.client.close();
    x.say();
    CHECK(x.server.receive(x.ends[0], plain) == 0);
    CHECK(x.server.receive(x.ends[0], plain) == 0);
  }
  connection y;
  y.hang_up();
  CHECK(y.server.receive(y.ends[0], plain) == -1);
  CHECK(errno == ECONNABORTED);
}

TEST_CASE("words with an end behind them say that there is one") {
  connection x;
  std::array<char, 65'536> plain;
  REQUIRE(x.client.put("bye"));
  x.client.close();
  x.say();
  REQUIRE(x.server.receive(x.ends[0], plain) == 3);
  CHECK(x.server.ended());
  CHECK(x.server.receive(x.ends[0], plain) == 0);
}

TEST_CASE("garbage is an error, and the alert is owed") {
  connection x;
  std::array<char, 65'536> plain;
  x.client.out = "no record, whatever else it may be";
  x.say();
  CHECK(x.server.receive(x.ends[0], plain) == -1);
  CHECK(errno == EPROTO);
  CHECK(x.server.owed() > 0);
  CHECK(x.server.flush(x.ends[0]) == outcome::empty);
  CHECK(x.server.send(x.ends[0], "too late") == -1);
  CHECK(x.server.owed() == 0);
}

TEST_CASE("a stream sends everything in the end") {
  connection x;
  auto all = pattern(500'000, 5);
  std::size_t sent = 0;
  int blocked = 0;
  std::string got;
  while (sent < all.size() || x.server.owed() != 0) {
    auto count = x.server.send(x.ends[0], std::string_view{all}.substr(sent));
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    REQUIRE(errno == EAGAIN);
    ++blocked;
    // No more is encrypted than a batch.
    REQUIRE(x.server.owed() <= tls_stream::batch_bytes + 5 * record_overhead);
    got += x.hear(3000);
  }
  got += x.hear();
  CHECK(blocked > 5);
  CHECK(got == all);
}

TEST_CASE("close_notify follows what is owed") {
  connection x;
  REQUIRE(x.server.send(x.ends[0], pattern(60'000, 1)) == 60'000);
  REQUIRE(x.server.owed() > 0);
  CHECK(x.server.say_goodbye(x.ends[0]) == outcome::blocked);
  std::string got;
  while (x.server.flush(x.ends[0]) == outcome::blocked)
    got += x.hear();
  got += x.hear();
  CHECK(got == pattern(60'000, 1));
  CHECK(x.client.now() == tls_engine::state::closed);
}

TEST_CASE("sockets that take turns do not mix their bytes") {
  connection x, y;
  std::string to_x, to_y, from_x, from_y;
  for (unsigned i = 0; i < 30; ++i) {
    for (auto* which : {&x, &y}) {
      auto what = pattern(10'000 + i, which == &x ? 1 : 2);
      std::size_t sent = 0;
      while (sent < what.size()) {
        auto count = which->server.send(which->ends[0],
                                        std::string_view{what}.substr(sent));
        if (count > 0)
          sent += static_cast<std::size_t>(count);
        else
          (which == &x ? from_x : from_y) += which->hear(2000 + 500 * i);
      }
      (which == &x ? to_x : to_y) += what;
    }
  }
  while (x.server.flush(x.ends[0]) == outcome::blocked)
    from_x += x.hear();
  while (y.server.flush(y.ends[0]) == outcome::blocked)
    from_y += y.hear();
  from_x += x.hear();
  from_y += y.hear();
  CHECK(from_x == to_x);
  CHECK(from_y == to_y);
}

// -- outbox -------------------------------------------------------------------

TEST_CASE("an outbox makes one record of many frames") {
  connection x;
  notes seen;
  outbox out;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    auto what = "event " + std::to_string(i) + ';';
    expected += what;
    out.push(text(what));
  }
  x.arrived = 0;
  CHECK(out.write_to(x.ends[0], &x.server, seen) == outbox::outcome::empty);
  CHECK(x.hear() == expected);
  CHECK(x.arrived == expected.size() + record_overhead);
  CHECK(seen.sizes.size() == 100);
  CHECK(out.bytes() == 0);
  CHECK(x.server.owed() == 0);
}

TEST_CASE("an outbox cuts a large frame into records of 16 KiB") {
  connection x;
  notes seen;
  outbox out;
  auto what = pattern(50'000, 9);
  out.push(text(what));
  x.arrived = 0;
  std::string got;
  while (out.write_to(x.ends[0], &x.server, seen) == outbox::outcome::blocked)
    got += x.hear();
  got += x.hear();
  CHECK(got == what);
  CHECK(x.arrived == what.size() + 4 * record_overhead);
  CHECK(seen.sizes == std::vector<std::size_t>{50'000});
}

TEST_CASE("an outbox and a slow TLS socket lose and repeat nothing") {
  connection x;
  notes seen;
  outbox out;
  std::string expected;
  for (unsigned i = 0; i < 60; ++i) {
    auto what = pattern(i * i * 13 + 1, i);
    expected += what;
    out.push(text(what));
  }
  std::string got;
  int blocked = 0;
  while (out.write_to(x.ends[0], &x.server, seen) == outbox::outcome::blocked) {
    ++blocked;
    got += x.hear(1500);
    REQUIRE(std::string_view{expected}.substr(0, got.size()) == got);
    // What waits, plain or encrypted, is bounded by what was pushed.
    REQUIRE(out.bytes() + x.server.owed()
            <= expected.size() + 5 * record_overhead);
    REQUIRE(x.server.owed()
            <= tls_stream::batch_bytes + 16'384 + 6 * record_overhead);
  }
  got += x.hear();
  CHECK(blocked > 5);
  CHECK(got == expected);
  CHECK(out.bytes() == 0);
  CHECK(seen.sizes.size() == 60);
}

TEST_CASE("dropping what waits breaks no frame that is half encrypted") {
  connection x;
  notes seen;
  outbox out;
  auto big = pattern(300'000, 1);
  out.push(text(big));
  for (int i = 0; i < 30; ++i)
    out.push(text("never written"));
  REQUIRE(out.write_to(x.ends[0], &x.server, seen) == outbox::outcome::blocked);
  out.drop_unwritten();
  out.push(text("goodbye"));
  std::string got;
  while (out.write_to(x.ends[0], &x.server, seen) == outbox::outcome::blocked)
    got += x.hear();
  got += x.hear();
  CHECK(got == big + "goodbye");
}

TEST_CASE("a TLS socket that is gone is told from one that is slow") {
  connection x;
  notes seen;
  outbox out;
  out.push(text("x"));
  x.hang_up();
  CHECK(out.write_to(x.ends[0], &x.server, seen) == outbox::outcome::failed);
}
