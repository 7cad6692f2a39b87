// RFC 6455 §5.4: messages in several frames.
#include "tests/net/ws_testing.hpp"

using namespace tidewire::net;

namespace {

std::string part(std::string_view payload, bool fin = false) {
  return masked(ws_opcode::continuation, payload, fin);
}

std::string start(std::string_view payload, ws_opcode kind = ws_opcode::text) {
  return masked(kind, payload, false);
}

} // namespace

TEST_CASE("fragments are joined") {
  CHECK(decode(start("a") + part("bc", true)).events
        == ws_events{{ws_opcode::text, "abc"}});
  CHECK(decode(start("a") + part("b") + part("c") + part("d", true)).events
        == ws_events{{ws_opcode::text, "abcd"}});
  CHECK(decode(start("a", ws_opcode::binary) + part("b", true)).events
        == ws_events{{ws_opcode::binary, "ab"}});
}

TEST_CASE("nothing is told before the last fragment") {
  const auto outcome = decode(start("a") + part("b") + part("c"));
  CHECK(outcome.events.empty());
  CHECK_FALSE(outcome.stopped);
}

TEST_CASE("fragments may be empty") {
  CHECK(decode(start("") + part("") + part("", true)).events
        == ws_events{{ws_opcode::text, ""}});
  CHECK(decode(start("") + part("middle") + part("", true)).events
        == ws_events{{ws_opcode::text, "middle"}});
}

TEST_CASE("fragments of every class of length are joined") {
  const std::string small(3, 's');
  const std::string medium(300, 'm');
  const std::string large(70000, 'l');
  CHECK(decode(start(large) + part(small) + part(medium, true), ws_role::server,
               1 << 20)
            .events
        == ws_events{{ws_opcode::text, large + small + medium}});
}

TEST_CASE("messages follow each other, fragmented or not") {
  CHECK(decode(start("a") + part("b", true) + masked(ws_opcode::text, "c")
               + start("d", ws_opcode::binary) + part("e", true)
               + masked(ws_opcode::text, "f"))
            .events
        == ws_events{{ws_opcode::text, "ab"},
                     {ws_opcode::text, "c"},
                     {ws_opcode::binary, "de"},
                     {ws_opcode::text, "f"}});
}

TEST_CASE("control frames between fragments are told at once") {
  CHECK(decode(start("a") + masked(ws_opcode::ping, "1") + part("b")
               + masked(ws_opcode::pong, "2") + masked(ws_opcode::ping, "")
               + part("c", true) + masked(ws_opcode::ping, "3"))
            .events
        == ws_events{{ws_opcode::ping, "1"},
                     {ws_opcode::pong, "2"},
                     {ws_opcode::ping, ""},
                     {ws_opcode::text, "abc"},
                     {ws_opcode::ping, "3"}});
}

TEST_CASE("a close frame between fragments ends it all") {
  const auto outcome =
      decode(start("a") + masked(ws_opcode::close, ws_close_payload(1001))
             + part("b", true));
  CHECK(outcome.events == ws_events{{ws_opcode::close, "", 1001}});
  CHECK(outcome.stopped);
}

TEST_CASE("there must be something to continue") {
  CHECK(violation(part("a", true)) == 1002);
  CHECK(violation(part("a")) == 1002);
  const auto after =
      decode(masked(ws_opcode::text, "whole") + part("more", true));
  CHECK(after.events == ws_events{{ws_opcode::text, "whole"}});
  CHECK(after.violation == 1002);
  const auto over = decode(start("a") + part("b", true) + part("c", true));
  CHECK(over.events == ws_events{{ws_opcode::text, "ab"}});
  CHECK(over.violation == 1002);
}

TEST_CASE("a message must not start inside another") {
  CHECK(violation(start("a") + start("b")) == 1002);
  CHECK(violation(start("a") + masked(ws_opcode::text, "b")) == 1002);
  CHECK(violation(start("a") + masked(ws_opcode::binary, "b")) == 1002);
  CHECK(violation(start("") + start("")) == 1002);
}

TEST_CASE("where binary is not wanted its first header is refused") {
  const auto refused = [](std::string_view wire) {
    return violation(wire, ws_role::server, 1000, false);
  };
  CHECK(refused(masked(ws_opcode::binary, "a")) == 1003);
  CHECK(refused(start("a", ws_opcode::binary)) == 1003);
  CHECK(refused(bytes({0x82})) == 1003);
  CHECK(refused(start("a") + masked(ws_opcode::binary, "a")) == 1002);
  CHECK(refused(start("a") + part("b", true)) == 0);
}
