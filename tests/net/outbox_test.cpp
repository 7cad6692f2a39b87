#include "net/outbox.hpp"

#include "tests/catch.hpp"

#include <array>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

using namespace tidewire;
using net::outbox;

namespace {

// Two ends of a stream whose buffers are as small as the kernel lets them be.
struct stream {
  stream() {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    int small = 1;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  }
  ~stream() {
    ::close(ends[0]);
    hang_up();
  }
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  void hang_up() {
    if (ends[1] >= 0)
      ::close(std::exchange(ends[1], -1));
  }

  // What has arrived, at most `most` bytes.
  std::string read(std::size_t most = 1'000'000) {
    std::string result;
    std::array<char, 4096> bytes;
    while (result.size() < most) {
      auto count =
          ::recv(ends[1], bytes.data(),
                 std::min(bytes.size(), most - result.size()), MSG_DONTWAIT);
      if (count <= 0)
        break;
      result.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return result;
  }

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

// Different everywhere, so that a byte out of place is seen.
std::string pattern(std::size_t size, unsigned seed) {
  std::string result(size, 0);
  for (std::size_t i = 0; i < size; ++i)
    result[i] = static_cast<char>('a' + (i * 7 + seed + i / 251) % 26);
  return result;
}

} // namespace

TEST_CASE("an outbox writes what was pushed, in order") {
  stream s;
  notes seen;
  outbox out;
  CHECK(out.empty());
  CHECK(out.write_to(s.ends[0], seen) == outbox::outcome::empty);
  out.push(text("one "));
  out.push(text("two "));
  out.push(text("three"));
  CHECK(out.bytes() == 13);
  CHECK_FALSE(out.empty());
  CHECK(out.write_to(s.ends[0], seen) == outbox::outcome::empty);
  CHECK(s.read() == "one two three");
  CHECK(seen.sizes == std::vector<std::size_t>{4, 4, 5});
  CHECK(out.bytes() == 0);
  CHECK(out.empty());
}

TEST_CASE("more frames than one call takes are written in order") {
  stream s;
  notes seen;
  outbox out;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    auto what = std::to_string(i) + ",";
    expected += what;
    out.push(text(what));
  }
  std::string got;
  while (out.write_to(s.ends[0], seen) == outbox::outcome::blocked)
    got += s.read();
  got += s.read();
  CHECK(got == expected);
  CHECK(seen.sizes.size() == 1000);
}

TEST_CASE("a socket that takes little gets everything in the end") {
  stream s;
  notes seen;
  outbox out;
  std::string expected;
  for (unsigned i = 0; i < 40; ++i) {
    auto what = pattern(i * i * 13 + 1, i);
    expected += what;
    out.push(text(what));
  }
  std::string got;
  int blocked = 0;
  for (;;) {
    auto outcome = out.write_to(s.ends[0], seen);
    if (outcome == outbox::outcome::empty)
      break;
    REQUIRE(outcome == outbox::outcome::blocked);
    ++blocked;
    // Bytes wait, arrive, or have been read: none is counted twice or not.
    auto arrived = s.read(1500);
    got += arrived;
    std::string_view all{expected};
    REQUIRE(all.substr(0, got.size()) == got);
    REQUIRE(out.bytes() <= expected.size() - got.size());
  }
  got += s.read();
  CHECK(blocked > 5);
  CHECK(got == expected);
  CHECK(out.bytes() == 0);
  CHECK(seen.sizes.size() == 40);
}

TEST_CASE("bytes wait until they are with the kernel") {
  stream s;
  notes seen;
  outbox out;
  auto big = pattern(1'000'000, 3);
  out.push(text(big));
  out.push(text("end"));
  CHECK(out.write_to(s.ends[0], seen) == outbox::outcome::blocked);
  auto taken = s.read();
  CHECK(taken.size() > 0);
  CHECK(out.bytes() == big.size() + 3 - taken.size());
  CHECK(seen.sizes.empty()); // no frame is out in whole
}

TEST_CASE("dropping what waits keeps the frame that has begun") {
  stream s;
  notes seen;
  outbox out;
  auto big = pattern(300'000, 1);
  out.push(text(big));
  for (int i = 0; i < 30; ++i)
    out.push(text("never written"));
  REQUIRE(out.write_to(s.ends[0], seen) == outbox::outcome::blocked);
  auto got = s.read();
  out.drop_unwritten();
  CHECK(out.bytes() == big.size() - got.size());
  out.push(text("goodbye"));
  while (out.write_to(s.ends[0], seen) == outbox::outcome::blocked)
    got += s.read();
  got += s.read();
  CHECK(got == big + "goodbye");
  CHECK(seen.sizes == std::vector<std::size_t>{big.size(), 7});
}

TEST_CASE("dropping what waits drops all where nothing has begun") {
  stream s;
  notes seen;
  outbox out;
  out.drop_unwritten();
  CHECK(out.empty());
  out.push(text("one"));
  out.push(text("two"));
  out.drop_unwritten();
  CHECK(out.empty());
  CHECK(out.bytes() == 0);
  out.push(text("three"));
  out.write_to(s.ends[0], seen);
  CHECK(s.read() == "three");
}

TEST_CASE("a socket that is gone is told from one that is slow") {
  stream s;
  notes seen;
  outbox out;
  out.push(text("x"));
  s.hang_up();
  CHECK(out.write_to(s.ends[0], seen) == outbox::outcome::failed);
  out.push(text("y"));
  CHECK(out.write_to(s.ends[0], seen) == outbox::outcome::failed);
  CHECK(seen.sizes.empty());
}

TEST_CASE("an outbox holds references, not copies, and lets them go") {
  auto shared = text("shared");
  auto* bytes = shared->bytes().data();
  stream s;
  notes seen;
  {
    outbox one, two;
    for (int i = 0; i < 100; ++i) {
      one.push(shared);
      two.push(shared);
    }
    CHECK(one.bytes() == 600);
    one.clear();
    CHECK(one.bytes() == 0);
    CHECK(one.empty());
    one.push(shared);
    one.write_to(s.ends[0], seen);
    CHECK(s.read() == "shared");
  } // what two still holds goes with it; the sanitizers would tell
  CHECK(shared->bytes().data() == bytes);
  CHECK(shared->bytes() == "shared");
}
