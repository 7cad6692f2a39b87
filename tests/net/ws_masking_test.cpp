// RFC 6455 §5.1 and §5.3: who masks, and how.
#include "tests/net/ws_testing.hpp"

using namespace tidewire::net;

TEST_CASE("a server refuses a frame that is not masked") {
  const auto opcode = GENERATE(ws_opcode::text, ws_opcode::binary,
                               ws_opcode::ping, ws_opcode::close);
  CHECK(violation(ws_frame(opcode, "")) == 1002);
  CHECK(violation(ws_frame(opcode, "four")) == 1002);
  // As soon as the bit has been seen.
  CHECK(violation(ws_frame(opcode, "four").substr(0, 2)) == 1002);
}

TEST_CASE("a client refuses a frame that is masked") {
  const auto opcode = GENERATE(ws_opcode::text, ws_opcode::binary,
                               ws_opcode::ping, ws_opcode::close);
  CHECK(violation(masked(opcode, ""), ws_role::client) == 1002);
  CHECK(violation(masked(opcode, "four").substr(0, 2), ws_role::client)
        == 1002);
}

TEST_CASE("the rule holds for every fragment") {
  CHECK(violation(masked(ws_opcode::text, "a", false)
                  + ws_frame(ws_opcode::continuation, "b"))
        == 1002);
}

TEST_CASE("a key of zeros is a key") {
  CHECK(decode(ws_client_frame(ws_opcode::text, "plain", 0)).events
        == ws_events{{ws_opcode::text, "plain"}});
}

TEST_CASE("each frame has its own key") {
  CHECK(decode(ws_client_frame(ws_opcode::text, "one", 0x01020304, false)
               + ws_client_frame(ws_opcode::ping, "two", 0xFFFEFDFC)
               + ws_client_frame(ws_opcode::continuation, "three", 0x99))
            .events
        == ws_events{{ws_opcode::ping, "two"}, {ws_opcode::text, "onethree"}});
}

TEST_CASE("masking in words is masking byte by byte") {
  unsigned char key_bytes[4] = {0x11, 0x83, 0xF5, 0x27};
  std::uint32_t key;
  std::memcpy(&key, key_bytes, sizeof key);
  for (std::size_t size = 0; size < 140; ++size) {
    for (std::size_t offset = 0; offset < 9; ++offset) {
      for (std::size_t misaligned = 0; misaligned < 5; ++misaligned) {
        std::string text(misaligned + size + 8, '\x5A');
        auto expected = text;
        for (std::size_t i = 0; i < size; ++i)
          expected[misaligned + i] =
              static_cast<char>(0x5A ^ key_bytes[(offset + i) % 4]);
        ws_apply_mask(text.data() + misaligned, size, key, offset);
        if (text != expected) {
          INFO("size " << size << ", offset " << offset);
          REQUIRE(text == expected);
        }
      }
    }
  }
  SUCCEED("all sizes, offsets and alignments");
}

TEST_CASE("masking twice gives back what was there") {
  std::string text = "some text that is longer than a few words";
  ws_apply_mask(text.data(), text.size(), test_key, 3);
  CHECK(text != "some text that is longer than a few words");
  ws_apply_mask(text.data(), text.size(), test_key, 3);
  CHECK(text == "some text that is longer than a few words");
}
