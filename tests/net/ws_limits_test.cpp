// RFC 6455 §10.4: limits, and what a peer can make us keep.
#include "tests/net/ws_testing.hpp"

#include <stdexcept>

using namespace tidewire::net;

namespace {

// What a decoder holds beside payload.
constexpr std::size_t bookkeeping = 200;

} // namespace

TEST_CASE("an idle decoder is small and keeps nothing") {
  STATIC_REQUIRE(sizeof(ws_decoder) <= 16);
  const ws_decoder decoder{ws_role::server, 64 * 1024, false};
  CHECK(decoder.buffered() == 0);
}

TEST_CASE("a message up to the limit is taken, one byte more is not") {
  const std::uint32_t limit = GENERATE(0u, 1u, 125u, 126u, 65535u, 65536u);
  const std::string most(limit, 'm');
  CHECK(decode(masked(ws_opcode::text, most), ws_role::server, limit).events
        == ws_events{{ws_opcode::text, most}});
  CHECK(violation(masked(ws_opcode::text, most + 'x'), ws_role::server, limit)
        == 1009);
}

TEST_CASE("fragments are summed up") {
  const auto two = [](std::size_t first, std::size_t second) {
    return masked(ws_opcode::text, std::string(first, 'a'), false)
           + masked(ws_opcode::continuation, std::string(second, 'b'));
  };
  CHECK(violation(two(500, 500), ws_role::server, 1000) == 0);
  CHECK(violation(two(500, 501), ws_role::server, 1000) == 1009);
  CHECK(violation(two(1000, 0), ws_role::server, 1000) == 0);
  CHECK(violation(two(1000, 1), ws_role::server, 1000) == 1009);
  CHECK(violation(two(1001, 0), ws_role::server, 1000) == 1009);
  // Each message has the limit to itself.
  CHECK(violation(two(500, 500) + two(500, 500), ws_role::server, 1000) == 0);
}

TEST_CASE("a length over the limit is refused by its header alone") {
  const std::uint64_t length =
      GENERATE(1001ull, 65535ull, 65536ull, 1ull << 31, (1ull << 32) - 1,
               1ull << 32, (1ull << 32) + 1, (1ull << 63) - 1);
  const auto first = masked_header(ws_opcode::text, length);
  // Even the masking key need not have come.
  CHECK(violation(std::string_view{first}.substr(0, first.size() - 4),
                  ws_role::server, 1000)
        == 1009);
  const auto later = masked(ws_opcode::text, "abc", false)
                     + masked_header(ws_opcode::continuation, length);
  CHECK(violation(later, ws_role::server, 1000) == 1009);
}

TEST_CASE("sums of lengths do not overflow") {
  const auto with = [](std::uint64_t length) {
    return violation(masked(ws_opcode::binary, "abc", false)
                         + masked_header(ws_opcode::continuation, length),
                     ws_role::server, UINT32_MAX);
  };
  CHECK(with(UINT32_MAX - 3ull) == 0);
  CHECK(with(UINT32_MAX - 2ull) == 1009);
  CHECK(with((1ull << 63) - 1) == 1009);
  CHECK(with(UINT64_MAX) == 1002);
}

TEST_CASE("memory follows what has come, not what was announced") {
  ws_decoder decoder{ws_role::server, UINT32_MAX, true};
  ws_recorder recorder;
  CHECK_FALSE(feed_copy(decoder, masked_header(ws_opcode::binary, UINT32_MAX),
                        recorder));
  CHECK(decoder.buffered() <= bookkeeping);
  CHECK_FALSE(feed_copy(decoder, "abc", recorder));
  CHECK(decoder.buffered() <= bookkeeping + 64);
  CHECK_FALSE(feed_copy(decoder, std::string(5000, 'a'), recorder));
  CHECK(decoder.buffered() <= bookkeeping + 2 * 5003u);
}

TEST_CASE("a buffer does not grow over the limit, nor over the message") {
  std::string wire = masked(ws_opcode::text, std::string(100000, 'a'));
  const auto most = [&wire](std::uint32_t limit) {
    ws_decoder decoder{ws_role::server, limit, true};
    std::size_t seen = 0;
    decode_in_pieces(decoder, wire, [&](std::size_t) {
      seen = std::max(seen, decoder.buffered());
      return 333;
    });
    return seen;
  };
  CHECK(most(100000) <= bookkeeping + 100000);
  CHECK(most(UINT32_MAX) <= bookkeeping + 100000);
  wire = masked(ws_opcode::text, std::string(100000, 'a'), false)
         + masked(ws_opcode::continuation, std::string(10, 'b'));
  CHECK(most(100010) <= bookkeeping + 100010);
}

TEST_CASE("nothing is kept once a message is complete") {
  ws_decoder decoder{ws_role::server, 1000, false};
  ws_recorder recorder;
  const auto wire = masked(ws_opcode::text, "fragments", false)
                    + masked(ws_opcode::ping, "ping")
                    + masked(ws_opcode::continuation, std::string(500, 'x'));
  for (const char& byte : wire)
    CHECK_FALSE(feed_copy(decoder, {&byte, 1}, recorder));
  CHECK(recorder.events.size() == 2);
  CHECK(decoder.buffered() == 0);
}

TEST_CASE("a million fragments of one byte cost no more than the message") {
  constexpr int count = 1000000;
  std::string wire;
  for (int i = 0; i < count; ++i)
    wire += ws_client_frame(i == 0 ? ws_opcode::text : ws_opcode::continuation,
                            "a", test_key, false);
  ws_decoder decoder{ws_role::server, count, false};
  ws_recorder recorder;
  CHECK_FALSE(decoder.feed(wire, recorder));
  CHECK(decoder.buffered() <= bookkeeping + count);
  CHECK_FALSE(
      feed_copy(decoder, masked(ws_opcode::continuation, ""), recorder));
  CHECK(recorder.events
        == ws_events{{ws_opcode::text, std::string(count, 'a')}});
}

TEST_CASE("one fragment too many over the limit is refused") {
  std::string wire = masked(ws_opcode::text, "a", false);
  for (int i = 0; i < 10; ++i)
    wire += masked(ws_opcode::continuation, "a", false);
  CHECK(violation(wire, ws_role::server, 11) == 0);
  CHECK(violation(wire, ws_role::server, 10) == 1009);
}

TEST_CASE("empty fragments are counted") {
  const auto with = [](unsigned count) {
    std::string wire = masked(ws_opcode::text, "", false);
    for (unsigned i = 1; i < count; ++i)
      wire += masked(ws_opcode::continuation, "", false);
    return wire;
  };
  constexpr auto most = ws_decoder::max_empty_fragments;
  const auto last = masked(ws_opcode::continuation, "");
  CHECK(decode(with(most) + last).events == ws_events{{ws_opcode::text, ""}});
  CHECK(violation(with(most + 1)) == 1008);
  // Each message has the bound to itself.
  CHECK(violation(with(most) + last + with(most) + last) == 0);
}

TEST_CASE("a sink that returns false stops the decoder") {
  ws_decoder decoder{ws_role::server, 1000, false};
  ws_recorder recorder{2};
  const auto message = masked(ws_opcode::text, "a");
  CHECK_FALSE(feed_copy(decoder, message + message + message, recorder));
  CHECK(decoder.stopped());
  CHECK_FALSE(feed_copy(decoder, message, recorder));
  CHECK(recorder.events.size() == 2);
}

TEST_CASE("a stopped decoder lets go of an open message") {
  ws_decoder decoder{ws_role::server, 1000, false};
  ws_recorder recorder{1};
  CHECK_FALSE(feed_copy(decoder,
                        masked(ws_opcode::text, "open", false)
                            + masked(ws_opcode::ping, "stop"),
                        recorder));
  CHECK(decoder.stopped());
  CHECK(decoder.buffered() == 0);
}

TEST_CASE("a violation lets go of an open message") {
  ws_decoder decoder{ws_role::server, 1000, false};
  ws_recorder recorder;
  CHECK_FALSE(
      feed_copy(decoder, masked(ws_opcode::text, "open", false), recorder));
  CHECK(decoder.buffered() > 0);
  CHECK(feed_copy(decoder, "\xFF", recorder));
  CHECK(decoder.buffered() == 0);
}

TEST_CASE("a sink that throws stops the decoder") {
  struct thrower : ws_recorder {
    bool on_ping(std::string_view) override {
      throw std::runtime_error{"a surprise"};
    }
  } sink;
  ws_decoder decoder{ws_role::server, 1000, false};
  const auto wire = masked(ws_opcode::ping, "") + masked(ws_opcode::text, "a");
  CHECK_THROWS_AS(feed_copy(decoder, wire, sink), std::runtime_error);
  CHECK(decoder.stopped());
  CHECK_FALSE(feed_copy(decoder, masked(ws_opcode::text, "a"), sink));
  CHECK(sink.events.empty());
}

TEST_CASE("feeding from inside a sink does nothing") {
  struct nested : ws_recorder {
    bool on_ping(std::string_view payload) override {
      CHECK_FALSE(feed_copy(*decoder, masked(ws_opcode::text, "in"), *this));
      return ws_recorder::on_ping(payload);
    }
    ws_decoder* decoder = nullptr;
  } sink;
  ws_decoder decoder{ws_role::server, 1000, false};
  sink.decoder = &decoder;
  const auto wire =
      masked(ws_opcode::ping, "1") + masked(ws_opcode::text, "out");
  CHECK_FALSE(feed_copy(decoder, wire, sink));
  CHECK(sink.events
        == ws_events{{ws_opcode::ping, "1"}, {ws_opcode::text, "out"}});
}
