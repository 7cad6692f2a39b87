// RFC 7692 §7.2: messages to compressed bytes and back.
#include "net/ws_zip.hpp"

#include "tests/fuzz/ws_reference_inflate.hpp"
#include "tests/net/ws_testing.hpp"

#include <random>

using namespace tidewire::net;

namespace {

using outcome = ws_inflater::outcome;

constexpr std::uint32_t roomy = 1u << 20;

// Letters that compress, but not to nothing.
std::string letters(std::size_t size, unsigned seed = 1) {
  std::minstd_rand dice{seed};
  std::string text(size, '\0');
  for (auto& c : text)
    c = static_cast<char>('a' + dice() % 7);
  return text;
}

std::string noise(std::size_t size) {
  std::mt19937 dice{7692};
  std::string text(size, '\0');
  for (auto& c : text)
    c = static_cast<char>(dice());
  return text;
}

std::string packed(std::string_view text, int level = 6) {
  ws_deflater deflater;
  const auto done = deflater.deflate(text, level);
  REQUIRE(done);
  return std::string{*done};
}

} // namespace

TEST_CASE("the examples of RFC 7692 are understood") {
  ws_inflater inflater;
  const auto text = [&](std::string_view from) {
    const auto done = inflater.inflate(from, roomy);
    CHECK(done.what == outcome::done);
    return std::string{done.text};
  };
  // §7.2.3.1: one block; §7.2.3.3: not compressed; §7.2.3.4: marked as the
  // last; §7.2.3.5: two blocks.
  CHECK(text(bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})) == "Hello");
  CHECK(text(bytes(
            {0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00}))
        == "Hello");
  CHECK(text(bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}))
        == "Hello");
  CHECK(text(bytes({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9,
                    0xc9, 0x07, 0x00}))
        == "Hello");
}

TEST_CASE("an empty message may be a byte or none") {
  ws_inflater inflater;
  for (const std::string& from : {bytes({0x00}), std::string{}}) {
    const auto done = inflater.inflate(from, 0);
    CHECK(done.what == outcome::done);
    CHECK(done.text.empty());
  }
}

TEST_CASE("a last block may end a message, or not") {
  ws_inflater inflater;
  const auto last = bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
  CHECK(inflater.inflate(last, roomy).text == "Hello");
  CHECK(inflater.inflate(last + last, roomy).text == "HelloHello");
  CHECK(inflater.inflate(last + last, 9).what == outcome::too_big);
}

TEST_CASE("what is deflated is inflated, at every level and size") {
  ws_deflater deflater;
  ws_inflater inflater;
  for (int level = 1; level <= 9; ++level)
    for (const std::size_t size :
         {60u, 125u, 4096u, 65535u, 65536u, 65537u, 300000u}) {
      INFO("level " << level << ", " << size << " bytes");
      const auto text = letters(size, static_cast<unsigned>(level));
      const auto small = deflater.deflate(text, level);
      REQUIRE(small);
      CHECK(small->size() < size);
      const auto done = inflater.inflate(*small, roomy);
      CHECK(done.what == outcome::done);
      CHECK(done.text == text);
    }
}

TEST_CASE("every message is compressed for itself") {
  ws_deflater deflater;
  const auto text = letters(1000);
  const std::string first{deflater.deflate(text, 6).value()};
  CHECK(deflater.deflate(text, 6).value() == first);
  ws_inflater fresh;
  CHECK(fresh.inflate(first, roomy).text == text);
}

TEST_CASE("what does not shrink is not compressed") {
  ws_deflater deflater;
  CHECK_FALSE(deflater.deflate("", 6));
  CHECK_FALSE(deflater.deflate("a", 6));
  CHECK_FALSE(deflater.deflate(noise(100), 6));
  CHECK_FALSE(deflater.deflate(noise(100000), 6));
  // And it does not harm what comes after.
  CHECK(deflater.deflate(letters(100), 6));
}

TEST_CASE("a text up to the limit is inflated, one byte more is not") {
  ws_inflater inflater;
  for (const std::uint32_t limit :
       {1u, 1000u, 65535u, 65536u, 65537u, 200000u}) {
    INFO(limit);
    const auto text = [&](std::size_t size) {
      std::string stored;
      // Blocks that are not compressed have any length, one byte too.
      for (std::size_t at = 0; at < size; at += 50000) {
        const auto part =
            static_cast<int>(std::min<std::size_t>(50000, size - at));
        stored +=
            bytes({0, part & 0xFF, part >> 8, ~part & 0xFF, ~part >> 8 & 0xFF});
        stored.append(static_cast<std::size_t>(part), 'x');
      }
      return stored + '\0';
    };
    const auto most = inflater.inflate(text(limit), limit);
    CHECK(most.what == outcome::done);
    CHECK(most.text == std::string(limit, 'x'));
    CHECK(inflater.inflate(text(limit + 1), limit).what == outcome::too_big);
    CHECK(inflater.inflate(text(3 * limit), limit).what == outcome::too_big);
  }
}

TEST_CASE("a message cut short is broken wherever it is cut") {
  ws_inflater inflater;
  const auto whole = packed(letters(300));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    INFO(size);
    const auto how = inflater.inflate({whole.data(), size}, roomy);
    CHECK(how.what == outcome::broken);
  }
  CHECK(inflater.inflate(whole, roomy).text == letters(300));
}

TEST_CASE("bytes that are no deflate data are broken") {
  ws_inflater inflater;
  for (const std::string& rubbish :
       {bytes({0x07}), bytes({0xFF, 0xFF, 0xFF}), bytes({0x01, 1, 0, 0, 0}),
        bytes({0x63, 0x00, 0x42, 0x42})})
    CHECK(inflater.inflate(rubbish, roomy).what == outcome::broken);
}

TEST_CASE("a message may not refer to the one before it") {
  ws_inflater inflater;
  CHECK(inflater.inflate(packed(letters(40000)), roomy).what == outcome::done);
  // A fixed block: a match of length 3, 1 back, and nothing before it.
  CHECK(inflater.inflate(bytes({0x02, 0x02, 0x00}), roomy).what
        == outcome::broken);
}

TEST_CASE("damaged messages mean the same to the reference") {
  std::mt19937 dice{1951};
  ws_inflater inflater;
  unsigned counts[3] = {};
  for (int round = 0; round < 30000; ++round) {
    INFO("round " << round);
    auto wire = packed(letters(30 + dice() % 600, dice()),
                       1 + static_cast<int>(dice() % 9));
    for (auto hits = dice() % 3; hits > 0; --hits)
      wire[dice() % wire.size()] ^= static_cast<char>(1 << dice() % 8);
    if (dice() % 8 == 0)
      wire += packed(letters(100, dice()));
    const std::uint32_t limit = dice() % 3 == 0 ? 200 : 100000;
    reference::inflater expected{wire, limit};
    const auto how = expected.run();
    const auto found = inflater.inflate(wire, limit);
    if (static_cast<int>(found.what) != static_cast<int>(how)
        || (how == reference::inflated::done && found.text != expected.out)) {
      CHECK(static_cast<int>(found.what) == static_cast<int>(how));
      CHECK(found.text == expected.out);
    }
    ++counts[static_cast<int>(how)];
  }
  // Else the damage was none, or total.
  for (const auto count : counts)
    CHECK(count > 1000);
}
