// RFC 6455 §5.5: ping, pong and what holds for all control frames.
#include "tests/net/ws_testing.hpp"

using namespace tidewire::net;

TEST_CASE("pings and pongs carry up to 125 bytes") {
  const auto kind = GENERATE(ws_opcode::ping, ws_opcode::pong);
  const auto size = GENERATE(0u, 1u, 5u, 124u, 125u);
  const std::string payload(size, '\xFE'); // any bytes, not only UTF-8
  CHECK(decode(masked(kind, payload)).events == ws_events{{kind, payload}});
  CHECK(decode(ws_frame(kind, payload), ws_role::client).events
        == ws_events{{kind, payload}});
}

TEST_CASE("a control frame over 125 bytes is a protocol error") {
  const auto kind =
      GENERATE(ws_opcode::ping, ws_opcode::pong, ws_opcode::close);
  CHECK(violation(masked(kind, std::string(126, 'a'))) == 1002);
  CHECK(violation(masked(kind, std::string(70000, 'a'))) == 1002);
  // Known at the second byte already; the length need not be waited for.
  CHECK(violation(masked_header(kind, 126).substr(0, 2)) == 1002);
  CHECK(violation(masked_header(kind, 1 << 20).substr(0, 2)) == 1002);
}

TEST_CASE("a fragmented control frame is a protocol error") {
  const auto kind =
      GENERATE(ws_opcode::ping, ws_opcode::pong, ws_opcode::close);
  CHECK(violation(masked(kind, "a", false)) == 1002);
  CHECK(violation(masked(kind, "", false)) == 1002);
  CHECK(violation(masked(ws_opcode::text, "a", false) + masked(kind, "", false))
        == 1002);
}

TEST_CASE("control frames do not count towards the size of a message") {
  std::string wire = masked(ws_opcode::text, "1234", false);
  ws_events expected;
  for (int i = 0; i < 50; ++i) {
    wire += masked(ws_opcode::ping, std::string(125, 'p'));
    expected.push_back({ws_opcode::ping, std::string(125, 'p')});
  }
  wire += masked(ws_opcode::continuation, "5678");
  expected.push_back({ws_opcode::text, "12345678"});
  const auto outcome = decode(wire, ws_role::server, 8);
  CHECK(outcome.events == expected);
  CHECK(outcome.violation == 0);
}

TEST_CASE("a flood of pings is told ping by ping and keeps nothing") {
  std::string wire;
  for (int i = 0; i < 100000; ++i)
    wire += masked(ws_opcode::ping, "p");
  struct counter : ws_recorder {
    bool on_ping(std::string_view payload) override {
      count += payload == "p" ? 1 : 0;
      return true;
    }
    int count = 0;
  } sink;
  ws_decoder decoder{ws_role::server, 1000, false};
  CHECK_FALSE(decoder.feed(wire, sink));
  CHECK(sink.count == 100000);
  CHECK(decoder.buffered() == 0);
}
