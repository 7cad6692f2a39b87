// Helpers of the tests of the WebSocket codec.
#pragma once

#include "tests/catch.hpp"
#include "tests/fuzz/ws_events.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tidewire::net {

inline constexpr std::uint32_t test_key = 0xA1B2C3D4;

/// A string of the bytes given as numbers.
inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values)
    text += static_cast<char>(value);
  return text;
}

/// A masked frame, as servers receive it.
inline std::string masked(ws_opcode code, std::string_view payload,
                          bool fin = true) {
  return ws_client_frame(code, payload, test_key, fin);
}

/// The header alone of a masked frame that announces `length`.
inline std::string masked_header(ws_opcode code, std::uint64_t length,
                                 bool fin = true) {
  char header[ws_max_header];
  const char* end = write_ws_client_header(header, code, length, test_key, fin);
  return std::string(header, static_cast<std::size_t>(end - header));
}

/// Decodes `wire` whole, byte by byte and, if it is short, cut in two at every
/// place, and requires that it always means the same. With an inflater,
/// permessage-deflate counts as negotiated.
inline ws_outcome decode(std::string_view wire, ws_role role = ws_role::server,
                         std::uint32_t max_message = 64 * 1024,
                         bool allow_binary = true,
                         ws_inflater* inflater = nullptr) {
  const auto fresh = [&] {
    return ws_decoder{role, max_message, allow_binary};
  };
  auto whole = fresh();
  auto outcome = decode_in_pieces(
      whole, wire, [](std::size_t left) { return left; }, SIZE_MAX, inflater);
  auto bytewise = fresh();
  CHECK(decode_in_pieces(
            bytewise, wire, [](std::size_t) { return 1; }, SIZE_MAX, inflater)
        == outcome);
  for (std::size_t cut = 1; cut < std::min<std::size_t>(wire.size(), 300);
       ++cut) {
    auto halves = fresh();
    auto next = cut;
    const auto found = decode_in_pieces(
        halves, wire,
        [&](std::size_t left) { return std::exchange(next, left); }, SIZE_MAX,
        inflater);
    INFO("cut at " << cut);
    // Not CHECK for each: there are thousands, and one is enough to know.
    if (!(found == outcome))
      CHECK(found == outcome);
  }
  return outcome;
}

/// The code a stream is refused with, 0 if it is not.
inline unsigned violation(std::string_view wire, ws_role role = ws_role::server,
                          std::uint32_t max_message = 64 * 1024,
                          bool allow_binary = true) {
  return decode(wire, role, max_message, allow_binary).violation;
}

/// A sequence of events, for comparing.
using ws_events = std::vector<ws_event>;

} // namespace tidewire::net
