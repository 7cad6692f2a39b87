// RFC 7692 §6.2: compressed messages in the stream.
#include "tests/net/ws_testing.hpp"

using namespace tidewire::net;

namespace {

constexpr auto hello = "\xf2\x48\xcd\xc9\xc9\x07\x00";
const std::string packed_hello{hello, 7};

// A masked frame with RSV1 set.
std::string compressed(ws_opcode code, std::string_view payload,
                       bool fin = true) {
  auto frame = masked(code, payload, fin);
  frame[0] = static_cast<char>(frame[0] | 0x40);
  return frame;
}

std::string pack(std::string_view text) {
  ws_deflater deflater;
  return std::string{deflater.deflate(text, 6).value()};
}

ws_outcome decode_packed(std::string_view wire,
                         std::uint32_t max_message = 64 * 1024,
                         bool allow_binary = true) {
  ws_inflater inflater;
  return decode(wire, ws_role::server, max_message, allow_binary, &inflater);
}

const ws_events said_hello{{ws_opcode::text, "Hello"}};

} // namespace

TEST_CASE("a compressed message is refused where none was agreed") {
  CHECK(violation(compressed(ws_opcode::text, packed_hello)) == 1002);
}

TEST_CASE("a compressed message is told as what it was") {
  CHECK(decode_packed(compressed(ws_opcode::text, packed_hello)).events
        == said_hello);
  CHECK(decode_packed(compressed(ws_opcode::binary, packed_hello)).events
        == ws_events{{ws_opcode::binary, "Hello"}});
}

TEST_CASE("plain and compressed messages may follow each other") {
  CHECK(decode_packed(compressed(ws_opcode::text, packed_hello)
                      + masked(ws_opcode::text, "plain")
                      + compressed(ws_opcode::text, packed_hello)
                      + masked(ws_opcode::text, "f", false)
                      + masked(ws_opcode::continuation, "in")
                      + compressed(ws_opcode::text, packed_hello))
            .events
        == ws_events{{ws_opcode::text, "Hello"},
                     {ws_opcode::text, "plain"},
                     {ws_opcode::text, "Hello"},
                     {ws_opcode::text, "fin"},
                     {ws_opcode::text, "Hello"}});
}

TEST_CASE("a compressed message may come in fragments, with pings between") {
  std::string wire;
  for (std::size_t i = 0; i < packed_hello.size(); ++i) {
    const auto piece = packed_hello.substr(i, 1);
    wire += i == 0 ? compressed(ws_opcode::text, piece, false)
                   : masked(ws_opcode::continuation, piece, false);
    if (i == 3)
      wire += masked(ws_opcode::ping, "p");
  }
  wire += masked(ws_opcode::continuation, "");
  CHECK(decode_packed(wire).events
        == ws_events{{ws_opcode::ping, "p"}, {ws_opcode::text, "Hello"}});
}

TEST_CASE("only the first frame of a message may be marked") {
  const auto start = packed_hello.substr(0, 3);
  const auto rest = packed_hello.substr(3);
  CHECK(decode_packed(compressed(ws_opcode::text, start, false)
                      + compressed(ws_opcode::continuation, rest))
            .violation
        == 1002);
  CHECK(decode_packed(masked(ws_opcode::text, "plain", false)
                      + compressed(ws_opcode::continuation, rest))
            .violation
        == 1002);
}

TEST_CASE("control frames are never compressed") {
  for (const auto code : {ws_opcode::ping, ws_opcode::pong, ws_opcode::close})
    CHECK(decode_packed(compressed(code, "")).violation == 1002);
}

TEST_CASE("the other reserved bits stay reserved") {
  for (const int bits : {0x10, 0x20, 0x30, 0x50, 0x60, 0x70}) {
    auto frame = masked(ws_opcode::text, packed_hello);
    frame[0] = static_cast<char>(frame[0] | bits);
    CHECK(decode_packed(frame).violation == 1002);
  }
}

TEST_CASE("an empty message may be compressed") {
  const ws_events empty{{ws_opcode::text, ""}};
  CHECK(decode_packed(compressed(ws_opcode::text, {"\0", 1})).events == empty);
  CHECK(decode_packed(compressed(ws_opcode::text, "")).events == empty);
  CHECK(decode_packed(compressed(ws_opcode::text, "", false)
                      + masked(ws_opcode::continuation, ""))
            .events
        == empty);
}

TEST_CASE("data that cannot be inflated is a violation of its own") {
  CHECK(decode_packed(compressed(ws_opcode::text, "\xFF\xFF")).violation
        == 1007);
  CHECK(decode_packed(compressed(ws_opcode::binary, "\xFF\xFF")).violation
        == 1007);
  CHECK(decode_packed(compressed(ws_opcode::text, packed_hello.substr(0, 4)))
            .violation
        == 1007);
}

TEST_CASE("a text is checked once it is inflated") {
  const auto bad = pack("1234567890 1234567890 1234567890 \xC3");
  CHECK(decode_packed(compressed(ws_opcode::text, bad)).violation == 1007);
  CHECK(decode_packed(compressed(ws_opcode::binary, bad)).violation == 0);
  // The compressed bytes themselves need not be UTF-8.
  const std::string points = "ééééééééééééééééééééééé日日日日日";
  CHECK(decode_packed(compressed(ws_opcode::text, pack(points))).events
        == ws_events{{ws_opcode::text, points}});
}

TEST_CASE("a binary message is refused though it is compressed") {
  CHECK(decode_packed(compressed(ws_opcode::binary, packed_hello), 1000, false)
            .violation
        == 1003);
}

TEST_CASE("the limit holds for the inflated message, to the byte") {
  const std::uint32_t limit = GENERATE(100u, 1000u, 65536u, 200000u);
  const auto of = [](std::size_t size) {
    return compressed(ws_opcode::text, pack(std::string(size, 'a')));
  };
  CHECK(decode_packed(of(limit), limit).events
        == ws_events{{ws_opcode::text, std::string(limit, 'a')}});
  CHECK(decode_packed(of(limit + 1), limit).violation == 1009);
  CHECK(decode_packed(of(100 * limit), limit).violation == 1009);
}

TEST_CASE("the limit holds for the compressed bytes as well") {
  const auto announced = masked_header(ws_opcode::text, 1001);
  auto wire = announced;
  wire[0] = static_cast<char>(wire[0] | 0x40);
  CHECK(decode_packed(wire, 1000).violation == 1009);
}

TEST_CASE("decoders that share an inflater do not disturb each other") {
  ws_inflater inflater;
  ws_decoder one{ws_role::server, 1000, false};
  ws_decoder two{ws_role::server, 1000, false};
  ws_recorder heard_one;
  ws_recorder heard_two;
  const auto first = compressed(ws_opcode::text, pack(std::string(500, '1')));
  const auto second = compressed(ws_opcode::text, pack(std::string(500, '2')));
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size())
      CHECK_FALSE(feed_copy(one, first.substr(i, 1), heard_one, &inflater));
    if (i < second.size())
      CHECK_FALSE(feed_copy(two, second.substr(i, 1), heard_two, &inflater));
  }
  CHECK(heard_one.events
        == ws_events{{ws_opcode::text, std::string(500, '1')}});
  CHECK(heard_two.events
        == ws_events{{ws_opcode::text, std::string(500, '2')}});
  CHECK(one.buffered() == 0);
}
