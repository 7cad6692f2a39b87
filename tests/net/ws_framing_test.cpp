// RFC 6455 §5.2, the base framing, and the examples of §5.7.
#include "tests/net/ws_testing.hpp"

using namespace tidewire::net;

namespace {

// An extended length as it stands on the wire.
std::string big_endian(std::uint64_t value, int size) {
  std::string text;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    text += static_cast<char>(value >> shift);
  return text;
}

// A server's frame header and payload with the length encoded as told.
std::string with_length(int first, int short_length, std::string_view extended,
                        std::string_view payload = {}) {
  return bytes({first, short_length}).append(extended).append(payload);
}

} // namespace

TEST_CASE("the examples of RFC 6455 are understood") {
  const ws_events hello{{ws_opcode::text, "Hello"}};
  CHECK(
      decode(bytes({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}), ws_role::client)
          .events
      == hello);
  CHECK(decode(bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d,
                      0x51, 0x58}))
            .events
        == hello);
  CHECK(decode(bytes({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f}),
               ws_role::client)
            .events
        == hello);
  CHECK(
      decode(bytes({0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}), ws_role::client)
          .events
      == ws_events{{ws_opcode::ping, "Hello"}});
  CHECK(decode(bytes({0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d,
                      0x51, 0x58}))
            .events
        == ws_events{{ws_opcode::pong, "Hello"}});
}

TEST_CASE("headers are written in the shortest form") {
  const auto header = [](std::uint64_t length) {
    char out[ws_max_header];
    const char* end = write_ws_header(out, ws_opcode::text, length);
    CHECK(ws_header_size(length, false) == std::size_t(end - out));
    CHECK(ws_header_size(length, true) == 4 + std::size_t(end - out));
    return std::string(out, static_cast<std::size_t>(end - out));
  };
  CHECK(header(0) == bytes({0x81, 0}));
  CHECK(header(125) == bytes({0x81, 125}));
  CHECK(header(126) == bytes({0x81, 126, 0, 126}));
  CHECK(header(127) == bytes({0x81, 126, 0, 127}));
  CHECK(header(65535) == bytes({0x81, 126, 0xFF, 0xFF}));
  CHECK(header(65536) == bytes({0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
  CHECK(header(0x0102030405060708)
        == bytes({0x81, 127, 1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_CASE("opcode, end of message and key go where they belong") {
  CHECK(ws_frame(ws_opcode::binary, "ab", false) == bytes({2, 2, 'a', 'b'}));
  CHECK(ws_frame(ws_opcode::continuation, "c") == bytes({0x80, 1, 'c'}));
  std::uint32_t key;
  std::memcpy(&key, "\x01\x02\x03\x04", 4);
  CHECK(ws_client_frame(ws_opcode::ping, bytes({0, 0, 0, 0, 0}), key)
        == bytes({0x89, 0x85, 1, 2, 3, 4, 1, 2, 3, 4, 1}));
}

TEST_CASE("messages of every class of length arrive whole") {
  const auto length = GENERATE(0u, 1u, 2u, 124u, 125u, 126u, 127u, 128u, 255u,
                               256u, 65535u, 65536u, 65537u);
  std::string payload(length, '.');
  for (std::size_t i = 0; i < length; ++i)
    payload[i] = static_cast<char>('a' + i % 26);
  const ws_events once{{ws_opcode::text, payload}};
  CHECK(decode(ws_frame(ws_opcode::text, payload), ws_role::client, 1 << 20)
            .events
        == once);
  CHECK(
      decode(masked(ws_opcode::text, payload), ws_role::server, 1 << 20).events
      == once);
}

TEST_CASE("many frames in one read are told in order") {
  std::string wire;
  ws_events expected;
  for (int i = 0; i < 100; ++i) {
    const auto text = std::to_string(i);
    wire += masked(i % 3 == 0 ? ws_opcode::ping : ws_opcode::text, text);
    expected.push_back({i % 3 == 0 ? ws_opcode::ping : ws_opcode::text, text});
  }
  CHECK(decode(wire).events == expected);
}

TEST_CASE("an incomplete frame says nothing yet") {
  const auto wire = masked(ws_opcode::text, "Hello");
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const auto outcome = decode(std::string_view{wire}.substr(0, size));
    CHECK(outcome.events.empty());
    CHECK_FALSE(outcome.stopped);
  }
}

TEST_CASE("a reserved bit is a protocol error") {
  const auto bit = GENERATE(0x40, 0x20, 0x10, 0x70, 0x60);
  const auto opcode = GENERATE(0, 1, 2, 8, 9, 10);
  CHECK(violation(bytes({0x80 | bit | opcode})) == 1002);
  CHECK(violation(bytes({bit | opcode})) == 1002);
}

TEST_CASE("a reserved opcode is a protocol error") {
  const auto opcode = GENERATE(3, 4, 5, 6, 7, 11, 12, 13, 14, 15);
  CHECK(violation(bytes({0x80 | opcode})) == 1002);
  CHECK(violation(bytes({opcode})) == 1002);
  // Inside a message as well.
  CHECK(violation(masked(ws_opcode::text, "a", false) + bytes({0x80 | opcode}))
        == 1002);
}

TEST_CASE("a length not in its shortest form is a protocol error") {
  const auto seen = [](int short_length, std::uint64_t length) {
    const int size = short_length == 126 ? 2 : 8;
    return violation(with_length(0x82, short_length, big_endian(length, size)),
                     ws_role::client, UINT32_MAX);
  };
  CHECK(seen(126, 0) == 1002);
  CHECK(seen(126, 1) == 1002);
  CHECK(seen(126, 125) == 1002);
  CHECK(seen(126, 126) == 0);
  CHECK(seen(127, 0) == 1002);
  CHECK(seen(127, 125) == 1002);
  CHECK(seen(127, 126) == 1002);
  CHECK(seen(127, 65535) == 1002);
  CHECK(seen(127, 65536) == 0);
}

TEST_CASE("a length with its top bit set is a protocol error") {
  const auto seen = [](std::uint64_t length) {
    return violation(with_length(0x82, 127, big_endian(length, 8)),
                     ws_role::client, UINT32_MAX);
  };
  CHECK(seen(0xFFFFFFFFFFFFFFFF) == 1002);
  CHECK(seen(0x8000000000000000) == 1002);
  CHECK(seen(0x8000000000000001) == 1002);
  // One less is merely too big, however much is allowed.
  CHECK(seen(0x7FFFFFFFFFFFFFFF) == 1009);
}

TEST_CASE("a frame that lies whole in the buffer is handed out from there") {
  struct place : ws_recorder {
    bool on_message(ws_opcode kind, std::string_view payload) override {
      at = payload.data();
      kept = decoder->buffered();
      return ws_recorder::on_message(kind, payload);
    }
    const ws_decoder* decoder = nullptr;
    const char* at = nullptr;
    std::size_t kept = 1;
  };
  ws_decoder decoder{ws_role::server, 1000, false};
  place sink;
  sink.decoder = &decoder;
  auto wire = masked(ws_opcode::text, "in place");
  CHECK_FALSE(decoder.feed(wire, sink));
  CHECK(sink.events == ws_events{{ws_opcode::text, "in place"}});
  CHECK(static_cast<const void*>(sink.at) == wire.data() + 6);
  CHECK(sink.kept == 0);
  CHECK(decoder.buffered() == 0);
}

TEST_CASE("a decoder that is moved goes on where it was") {
  ws_decoder first{ws_role::server, 1000, false};
  ws_recorder recorder;
  const auto wire = masked(ws_opcode::text, "moved");
  CHECK_FALSE(feed_copy(first, wire.substr(0, 8), recorder));
  ws_decoder second{std::move(first)};
  ws_decoder third{ws_role::client, 1, true};
  third = std::move(second);
  CHECK_FALSE(feed_copy(third, wire.substr(8), recorder));
  CHECK(recorder.events == ws_events{{ws_opcode::text, "moved"}});
}
