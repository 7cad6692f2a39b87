// What a compression bomb makes us allocate. A program of its own, because it
// counts every allocation of it.
#include "tests/net/ws_testing.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

using namespace tidewire::net;

namespace {

std::size_t held = 0;
std::size_t most = 0;

void* count(void* block) {
  if (block == nullptr)
    throw std::bad_alloc{};
  held += ::malloc_usable_size(block);
  most = std::max(most, held);
  return block;
}

void give_back(void* block) noexcept {
  held -= block != nullptr ? ::malloc_usable_size(block) : 0;
  std::free(block);
}

} // namespace

void* operator new(std::size_t size) {
  return count(std::malloc(size));
}
void* operator new[](std::size_t size) {
  return count(std::malloc(size));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  auto* block = std::malloc(size);
  return block == nullptr ? nullptr : count(block);
}
void operator delete(void* block) noexcept {
  give_back(block);
}
void operator delete[](void* block) noexcept {
  give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
  give_back(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  give_back(block);
}

namespace {

struct deaf_sink final : ws_sink {
  bool on_message(ws_opcode, std::string_view payload) override {
    heard = payload.size();
    return true;
  }
  bool on_ping(std::string_view) override { return true; }
  bool on_pong(std::string_view) override { return true; }
  bool on_close(std::uint16_t, std::string_view) override { return true; }

  std::size_t heard = 0;
};

// A text of zeros of that size, compressed, in a frame of a client. Deflate
// does no better than about 1,030:1.
std::string bomb(std::size_t size) {
  ws_deflater deflater;
  auto frame = masked(ws_opcode::text,
                      deflater.deflate(std::string(size, '0'), 9).value());
  frame[0] = static_cast<char>(frame[0] | 0x40);
  return frame;
}

struct blast {
  unsigned code = 0;
  std::size_t allocated = 0; // beside what the decoder says it has buffered
  std::size_t buffered = 0;
  std::size_t heard = 0;
};

// Feeds it in pieces to a decoder whose inflater is warm.
blast set_off(const std::string& wire, std::uint32_t limit, std::size_t piece) {
  ws_inflater inflater;
  deaf_sink sink;
  REQUIRE(inflater.inflate({"\0", 1}, limit).what
          == ws_inflater::outcome::done);
  ws_decoder decoder{ws_role::server, limit, false};
  std::string copy = wire;
  blast result;
  const auto before = most = held;
  for (std::size_t at = 0; at < copy.size() && result.code == 0; at += piece) {
    const auto size = std::min(piece, copy.size() - at);
    if (const auto no = decoder.feed({copy.data() + at, size}, sink, &inflater))
      result.code = no->code;
    result.buffered = std::max(result.buffered, decoder.buffered());
  }
  result.allocated = most - before;
  result.heard = sink.heard;
  return result;
}

constexpr std::size_t inflating = 512;

} // namespace

TEST_CASE("a bomb is refused, and allocates nothing but its own bytes") {
  const std::uint32_t limit = GENERATE(65536u, 1u << 20, 16u << 20);
  const auto wire = bomb(std::size_t{64} << 20);
  CHECK(wire.size() * 1024 < std::size_t{66} << 20); // nearly 1,024:1
  for (const std::size_t piece : {wire.size(), std::size_t{1000}}) {
    INFO("limit " << limit << ", pieces of " << piece);
    const auto result = set_off(wire, limit, piece);
    CHECK(result.code == 1009);
    CHECK(result.heard == 0);
    CHECK(result.buffered <= limit + inflating);
    CHECK(result.allocated <= inflating);
  }
}

TEST_CASE("what fits allocates its own size at most") {
  const std::uint32_t limit = 1u << 20;
  const auto result = set_off(bomb(limit), limit, 1u << 20);
  CHECK(result.code == 0);
  CHECK(result.heard == limit);
  CHECK(result.allocated <= limit + inflating);
}
