// RFC 6455 §5.5.1 and §7: closing.
#include "tests/net/ws_testing.hpp"

#include "net/utf8.hpp"

using namespace tidewire::net;

namespace {

std::string close_frame(std::string_view payload) {
  return masked(ws_opcode::close, payload);
}

std::string code_bytes(int code) {
  return bytes({code >> 8, code & 0xFF});
}

} // namespace

TEST_CASE("a close frame without a payload has no status") {
  const auto outcome = decode(close_frame(""));
  CHECK(outcome.events == ws_events{{ws_opcode::close, "", 1005}});
  CHECK(outcome.violation == 0);
  CHECK(outcome.stopped);
}

TEST_CASE("a close frame tells code and reason") {
  CHECK(decode(close_frame(code_bytes(1000))).events
        == ws_events{{ws_opcode::close, "", 1000}});
  CHECK(decode(close_frame(code_bytes(4200) + "schöne Grüße")).events
        == ws_events{{ws_opcode::close, "schöne Grüße", 4200}});
  const std::string longest(123, 'r');
  CHECK(decode(close_frame(code_bytes(1001) + longest)).events
        == ws_events{{ws_opcode::close, longest, 1001}});
}

TEST_CASE("half a close code is a protocol error") {
  CHECK(violation(close_frame("\x03")) == 1002);
  // The length says it already.
  CHECK(violation(masked_header(ws_opcode::close, 1).substr(0, 2)) == 1002);
}

TEST_CASE("codes that may be sent are taken, all others are refused") {
  for (int code = 0; code <= 0xFFFF; ++code) {
    const bool registered =
        (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
    const bool taken = registered || (code >= 3000 && code <= 4999);
    ws_decoder decoder{ws_role::server, 0, false};
    ws_recorder recorder;
    const auto refused =
        feed_copy(decoder, close_frame(code_bytes(code)), recorder);
    INFO("code " << code);
    if (taken ? refused || recorder.events.size() != 1
              : !refused || refused->code != 1002 || !recorder.events.empty())
      FAIL("the rule is broken");
  }
  SUCCEED("all codes");
}

TEST_CASE("a close reason is UTF-8") {
  CHECK(violation(close_frame(code_bytes(1000) + "\xFF")) == 1007);
  CHECK(violation(close_frame(code_bytes(1000) + "a\xC3")) == 1007);
  CHECK(violation(close_frame(code_bytes(1000) + "\xED\xA0\x80")) == 1007);
}

TEST_CASE("nothing is told after a close frame") {
  const auto outcome =
      decode(masked(ws_opcode::text, "before") + close_frame("")
             + masked(ws_opcode::text, "after") + masked(ws_opcode::ping, "")
             + close_frame("") + "rubbish");
  CHECK(
      outcome.events
      == ws_events{{ws_opcode::text, "before"}, {ws_opcode::close, "", 1005}});
  CHECK(outcome.violation == 0);
}

TEST_CASE("a violation is reported once and nothing is told after it") {
  ws_decoder decoder{ws_role::server, 1000, false};
  ws_recorder recorder;
  const auto good = masked(ws_opcode::text, "good");
  const auto first = feed_copy(decoder, good + "\xFF" + good, recorder);
  REQUIRE(first);
  CHECK(first->code == 1002);
  CHECK(std::string_view{first->reason}.size() > 0);
  CHECK(decoder.stopped());
  CHECK_FALSE(feed_copy(decoder, good, recorder));
  CHECK_FALSE(feed_copy(decoder, "\xFF", recorder));
  CHECK(recorder.events == ws_events{{ws_opcode::text, "good"}});
  CHECK(decoder.buffered() == 0);
}

TEST_CASE("a close payload is code and reason") {
  CHECK(ws_close_payload(1000) == code_bytes(1000));
  CHECK(ws_close_payload(4001, "no such app")
        == code_bytes(4001) + "no such app");
  CHECK(ws_close_payload(ws_no_status, "never sent").empty());
}

TEST_CASE("a reason that is too long is cut between code points") {
  CHECK(ws_close_payload(1000, std::string(200, 'a')).size() == 125);
  CHECK(ws_close_payload(1000, std::string(123, 'a')).size() == 125);
  for (const std::string point : {"é", "日", "😀"}) {
    for (std::size_t lead = 0; lead < 4; ++lead) {
      std::string reason(lead, 'a');
      while (reason.size() < 200)
        reason += point;
      const auto payload = ws_close_payload(1000, reason);
      const auto cut = std::string_view{payload}.substr(2);
      CHECK(payload.size() <= ws_max_control);
      CHECK(payload.size() > ws_max_control - point.size());
      CHECK(valid_utf8(cut));
      CHECK(reason.starts_with(cut));
    }
  }
}
