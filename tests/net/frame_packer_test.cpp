#include "net/frame_packer.hpp"

#include "net/ws_codec.hpp"
#include "net/ws_frame.hpp"
#include "tests/catch.hpp"
#include "tests/fuzz/ws_events.hpp"

#include <array>
#include <thread>
#include <vector>

using namespace tidewire;
using namespace tidewire::net;

namespace {

frame_ptr text_event(std::string_view payload, std::int64_t accepted_ns = 0) {
  std::array<char, ws_max_header> head;
  const auto* end =
      write_ws_header(head.data(), ws_opcode::text, payload.size());
  return frame::make({head.data(), static_cast<std::size_t>(end - head.data())},
                     payload, accepted_ns);
}

std::string noise(std::size_t size) {
  std::string out;
  for (unsigned state = 1; out.size() < size;)
    out += static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return out;
}

// What a client reads in a frame.
std::string understood(const frame& what) {
  ws_inflater inflater;
  ws_decoder decoder{ws_role::client, 1 << 20, true};
  const auto outcome = decode_in_pieces(
      decoder, what.bytes(), [](std::size_t left) { return left; }, SIZE_MAX,
      &inflater);
  REQUIRE(outcome.events.size() == 1);
  return outcome.events[0].payload;
}

bool is_compressed(const frame& what) {
  return (what.bytes()[0] & 0x40) != 0;
}

struct bench {
  config::compression_settings settings{true, 100, 6};
  frame_packer packer{settings};
};

const std::string long_text(1000, 'x');

} // namespace

TEST_CASE("a frame is compressed once, whoever asks") {
  bench b;
  const auto plain = text_event(long_text, 42);
  const auto& first = b.packer.form_of(*plain, 15);
  CHECK(is_compressed(first));
  CHECK(first.bytes().size() < 50);
  CHECK(first.accepted_ns() == 42);
  CHECK(understood(first) == long_text);
  CHECK(&b.packer.form_of(*plain, 15) == &first);
  bench other; // of another reactor
  CHECK(&other.packer.form_of(*plain, 15) == &first);
  CHECK(b.packer.packed() == 1);
  CHECK(other.packer.packed() == 0);
  CHECK(plain->bytes()[0] == '\x81');
}

TEST_CASE("a frame nobody asks for is not compressed") {
  const auto plain = text_event(long_text);
  CHECK(plain->packed() == nullptr);
}

TEST_CASE("a small message is sent plain, one byte more is not") {
  bench b;
  const auto small = text_event(std::string(99, 'x'));
  CHECK(&b.packer.form_of(*small, 15) == &*small);
  CHECK(
      is_compressed(b.packer.form_of(*text_event(std::string(100, 'x')), 15)));
  CHECK(b.packer.packed() == 1);
}

TEST_CASE("what does not shrink is tried once and sent plain") {
  bench b;
  const auto plain = text_event(noise(5000));
  for (int i = 0; i < 3; ++i)
    CHECK(&b.packer.form_of(*plain, 15) == &*plain);
  CHECK(b.packer.packed() == 1);
}

TEST_CASE("control frames and answers of HTTP are left alone") {
  bench b;
  b.settings.min_size = 1;
  const auto x = std::string(100, 'x');
  for (const auto& bytes :
       {ws_frame(ws_opcode::ping, x), ws_frame(ws_opcode::pong, x),
        ws_frame(ws_opcode::close, ws_close_payload(1000, x)),
        ws_frame(ws_opcode::text, x, false), ws_frame(ws_opcode::binary, x),
        "HTTP/1.1 101 Switching Protocols\r\n\r\n" + x, std::string{}}) {
    const auto plain = frame::make(bytes, {});
    CHECK(&b.packer.form_of(*plain, 15) == &*plain);
  }
  CHECK(b.packer.packed() == 0);
}

TEST_CASE("what is compressed already is left alone") {
  bench b;
  b.settings.min_size = 1;
  const auto plain = text_event(long_text);
  const auto& once = b.packer.form_of(*plain, 15);
  CHECK(&b.packer.form_of(once, 15) == &once);
}

TEST_CASE("a small window gets only what cannot refer beyond it") {
  bench b;
  for (unsigned bits = 8; bits < 15; ++bits) {
    const auto fits = text_event(std::string(std::size_t{1} << bits, 'x'));
    const auto more =
        text_event(std::string((std::size_t{1} << bits) + 1, 'x'));
    CHECK(is_compressed(b.packer.form_of(*fits, bits)));
    CHECK_FALSE(is_compressed(b.packer.form_of(*more, bits)));
    CHECK(is_compressed(b.packer.form_of(*more, 15)));
    CHECK_FALSE(is_compressed(b.packer.form_of(*more, bits)));
  }
  CHECK(is_compressed(
      b.packer.form_of(*text_event(std::string(100000, 'x')), 15)));
}

TEST_CASE("reactors that ask at once all get the same compressed frame") {
  for (int round = 0; round < 200; ++round) {
    const auto plain = text_event(long_text + std::to_string(round));
    std::array<const frame*, 3> got{};
    std::vector<std::thread> reactors;
    for (auto& place : got)
      reactors.emplace_back([&plain, &place] {
        bench b;
        const auto held = frame::share(b.packer.form_of(*plain, 15));
        place = &*held;
      });
    for (auto& one : reactors)
      one.join();
    for (const auto* one : got)
      if (one != plain->packed())
        FAIL("two forms of one frame");
  }
  SUCCEED("all rounds");
}

TEST_CASE("a compressed frame outlives the plain one while it is queued") {
  bench b;
  frame_ptr kept;
  {
    const auto plain = text_event(long_text);
    kept = frame::share(b.packer.form_of(*plain, 15));
  }
  CHECK(understood(*kept) == long_text);
}
