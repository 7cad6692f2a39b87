// What holds for all streams: dice throw them, a fixed seed makes them the
// same every time.
#include "tests/fuzz/ws_reference.hpp"
#include "tests/net/ws_testing.hpp"

#include <random>

using namespace tidewire::net;

namespace {

class dealer {
public:
  explicit dealer(std::uint32_t seed) : dice_(seed) {}

  std::size_t below(std::size_t bound) { return dice_() % bound; }

  // Mostly short, sometimes at an edge of the encoding, seldom long.
  std::size_t length() {
    constexpr std::size_t edges[] = {0, 124, 125, 126, 127, 128, 255, 256};
    switch (below(8)) {
    case 0:
      return edges[below(std::size(edges))];
    case 1:
      return below(2000);
    case 2:
      return below(40) == 0 ? 65530 + below(12) : below(300);
    default:
      return below(40);
    }
  }

  std::string text(std::size_t size) {
    const std::string points[] = {"a", "b", " ", "é", "日", "😀"};
    std::string text;
    while (text.size() < size)
      text += points[below(below(3) == 0 ? 6 : 3)];
    return text;
  }

  std::string noise(std::size_t size) {
    std::string noise(size, '\0');
    for (char& byte : noise)
      byte = static_cast<char>(dice_());
    return noise;
  }

  ws_event event() {
    switch (below(5)) {
    case 0:
      return {ws_opcode::ping, noise(below(126))};
    case 1:
      return {ws_opcode::pong, noise(below(126))};
    case 2:
      return {ws_opcode::binary, noise(length())};
    default:
      return {ws_opcode::text, text(length())};
    }
  }

  std::string frame(ws_role receiver, ws_opcode code, std::string_view payload,
                    bool fin) {
    return receiver == ws_role::server
               ? ws_client_frame(code, payload, dice_(), fin)
               : ws_frame(code, payload, fin);
  }

  // A data message in one frame or several, with control frames in between,
  // which `told` learns of first.
  std::string message(ws_role receiver, const ws_event& event,
                      ws_events& told) {
    std::string wire;
    std::string_view left = event.payload;
    auto code = event.kind;
    const auto fragments = below(3) == 0 ? 1 + below(5) : 0;
    for (std::size_t i = 0; i < fragments; ++i) {
      const auto piece = left.substr(0, below(left.size() + 1));
      left.remove_prefix(piece.size());
      wire += frame(receiver, code, piece, false);
      code = ws_opcode::continuation;
      if (below(4) == 0) {
        told.push_back({ws_opcode::ping, noise(below(126))});
        wire += frame(receiver, ws_opcode::ping, told.back().payload, true);
      }
    }
    told.push_back(event);
    return wire + frame(receiver, code, left, true);
  }

  std::string stream(ws_role receiver, ws_events& told) {
    std::string wire;
    for (auto count = below(12); count > 0; --count) {
      const auto next = event();
      if (is_control(next.kind)) {
        wire += frame(receiver, next.kind, next.payload, true);
        told.push_back(next);
      } else {
        wire += message(receiver, next, told);
      }
    }
    if (below(3) == 0) {
      const auto code = static_cast<std::uint16_t>(4000 + below(300));
      const auto reason = text(below(100));
      wire += frame(receiver, ws_opcode::close, ws_close_payload(code, reason),
                    true);
      told.push_back({ws_opcode::close, reason, code});
    }
    return wire;
  }

  ws_outcome decode_at_random(ws_decoder& decoder, std::string_view wire) {
    const auto longest = below(2) == 0 ? 1 + below(20) : 1 + below(5000);
    return decode_in_pieces(decoder, wire,
                            [&](std::size_t) { return 1 + below(longest); });
  }

private:
  std::mt19937 dice_;
};

} // namespace

TEST_CASE("what is sent arrives, however it is fragmented and split") {
  dealer dice{6455};
  for (int round = 0; round < 3000; ++round) {
    INFO("round " << round);
    const auto role = dice.below(2) == 0 ? ws_role::server : ws_role::client;
    ws_events told;
    const auto wire = dice.stream(role, told);
    ws_decoder decoder{role, 1 << 20, true};
    const auto outcome = dice.decode_at_random(decoder, wire);
    if (outcome.events != told || outcome.violation != 0)
      REQUIRE(outcome == ws_outcome{told});
    if (decoder.buffered() != 0)
      FAIL("something was left over");
  }
  SUCCEED("all rounds");
}

TEST_CASE("what is damaged means the same to the reference") {
  dealer dice{20111211};
  int violations = 0;
  for (int round = 0; round < 20000; ++round) {
    INFO("round " << round);
    const reference::settings agreed{
        dice.below(2) == 0 ? ws_role::server : ws_role::client,
        static_cast<std::uint32_t>(dice.below(3) == 0 ? 500 : 1 << 20),
        dice.below(4) != 0};
    ws_events told;
    auto wire = dice.stream(agreed.role, told).substr(0, 3000);
    for (auto hits = dice.below(4); hits > 0 && !wire.empty(); --hits) {
      // Headers are where it hurts, and the first one is at the start.
      const auto at =
          dice.below(dice.below(2) == 0 ? 1 + wire.size() / 8 : wire.size());
      wire[at] = static_cast<char>(static_cast<unsigned char>(wire[at])
                                   ^ 1u << dice.below(8));
    }
    const auto expected = reference::decode(agreed, wire);
    ws_decoder decoder{agreed.role, agreed.max_message, agreed.allow_binary};
    const auto outcome = dice.decode_at_random(decoder, wire);
    if (!(outcome == expected))
      REQUIRE(outcome == expected);
    violations += expected.violation != 0 ? 1 : 0;
  }
  // Else the damage was none, or total.
  CHECK(violations > 2000);
  CHECK(violations < 18000);
}
