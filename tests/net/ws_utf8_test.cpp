// RFC 6455 §8.1: texts are UTF-8, and a text that is not is refused at once.
#include "tests/net/ws_testing.hpp"

using namespace tidewire::net;

namespace {

// Feeds the masked text byte by byte and tells how many bytes of payload were
// taken before it was refused; the size of the text if it never was.
std::size_t taken_before_refusal(std::string_view text) {
  ws_decoder decoder{ws_role::server, 1000, false};
  ws_recorder recorder;
  // Announces more than comes: what is refused is refused for what is there.
  auto wire = masked_header(ws_opcode::text, 100);
  const auto header = wire.size();
  wire += text;
  ws_apply_mask(wire.data() + header, text.size(), test_key);
  for (std::size_t i = 0; i < wire.size(); ++i) {
    if (const auto refused =
            feed_copy(decoder, {wire.data() + i, 1}, recorder)) {
      CHECK(refused->code == 1007);
      return i - header;
    }
  }
  return text.size();
}

std::string fragmented(std::string_view text, std::size_t size) {
  std::string wire;
  auto code = ws_opcode::text;
  do {
    const auto piece = text.substr(0, size);
    text.remove_prefix(piece.size());
    wire += masked(code, piece, text.empty());
    code = ws_opcode::continuation;
  } while (!text.empty());
  return wire;
}

} // namespace

TEST_CASE("a text may hold any Unicode") {
  const std::string text = "κόσμε \x7F \xC2\x80 \xDF\xBF \xE0\xA0\x80 "
                           "\xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF "
                           "\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF";
  CHECK(decode(masked(ws_opcode::text, text)).events
        == ws_events{{ws_opcode::text, text}});
}

TEST_CASE("a code point may be spread over fragments") {
  const std::string text = "aé日😀z";
  for (std::size_t size = 1; size <= text.size(); ++size)
    CHECK(decode(fragmented(text, size)).events
          == ws_events{{ws_opcode::text, text}});
}

TEST_CASE("a text that is not UTF-8 is refused") {
  const std::string wrong =
      GENERATE("\xFF", "\x80", "a\xC3(", "\xC0\xAF", "\xE0\x80\xAF",
               "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",
               "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xED\xA0\x80 edited");
  CHECK(violation(masked(ws_opcode::text, wrong)) == 1007);
  CHECK(violation(fragmented(wrong, 1)) == 1007);
  CHECK(violation(fragmented(wrong, 2)) == 1007);
}

TEST_CASE("a text must not end inside a code point") {
  const std::string cut = GENERATE("\xC3", "abc\xE6\x97", "\xF0\x9F\x98");
  CHECK(violation(masked(ws_opcode::text, cut)) == 1007);
  CHECK(violation(fragmented(cut, 1)) == 1007);
  CHECK(violation(masked(ws_opcode::text, cut, false)
                  + masked(ws_opcode::continuation, ""))
        == 1007);
  // But a fragment may.
  CHECK(violation(masked(ws_opcode::text, cut, false)) == 0);
}

TEST_CASE("a text is refused at the first byte that cannot belong to one") {
  CHECK(taken_before_refusal("all fine") == 8);
  CHECK(taken_before_refusal("abc\xFF"
                             "def")
        == 3);
  CHECK(taken_before_refusal("\xC0\x80") == 0);
  CHECK(taken_before_refusal("\xE0\x9F\x80") == 1);
  CHECK(taken_before_refusal("\xED\xA0\x80") == 1);
  CHECK(taken_before_refusal("\xF0\x8F\x80\x80") == 1);
  CHECK(taken_before_refusal("\xF4\x90\x80\x80") == 1);
  CHECK(taken_before_refusal("\xF5") == 0);
  CHECK(taken_before_refusal("\xE6\x97(") == 2);
}

TEST_CASE("the first fragment already is refused") {
  const auto outcome = decode(masked(ws_opcode::text, "\xED\xA0", false));
  CHECK(outcome.violation == 1007);
  CHECK(outcome.events.empty());
}

TEST_CASE("a new message starts between code points") {
  // What was left over from one message must not taint the next.
  CHECK(decode(fragmented("é", 1) + fragmented("é", 1)
               + masked(ws_opcode::text, "é"))
            .events
        == ws_events{{ws_opcode::text, "é"},
                     {ws_opcode::text, "é"},
                     {ws_opcode::text, "é"}});
}

TEST_CASE("binary messages, pings and pongs may hold anything") {
  const std::string any = "\xFF\xC0\x80";
  CHECK(decode(masked(ws_opcode::binary, any)
               + masked(ws_opcode::binary, any, false)
               + masked(ws_opcode::ping, any)
               + masked(ws_opcode::continuation, any))
            .events
        == ws_events{{ws_opcode::binary, any},
                     {ws_opcode::ping, any},
                     {ws_opcode::binary, any + any}});
}
