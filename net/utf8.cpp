#include "net/utf8.hpp"

#include <cstring>

namespace tidewire::net {

namespace {

// The first byte at or after `at` that is not ASCII, or `end`.
const char* skip_ascii(const char* at, const char* end) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080u;
  while (end - at >= 16) {
    std::uint64_t words[2];
    std::memcpy(words, at, sizeof words);
    if ((words[0] | words[1]) & high_bits)
      break;
    at += 16;
  }
  if (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if ((word & high_bits) == 0)
      at += 8;
  }
  while (at != end && static_cast<signed char>(*at) >= 0)
    ++at;
  return at;
}

bool in(unsigned char byte, unsigned low, unsigned high) noexcept {
  return byte >= low && byte <= high;
}

} // namespace

utf8_validator::expects
utf8_validator::after_lead(unsigned char byte) noexcept {
  if (byte < 0x80)
    return expects::any;
  if (byte < 0xC2) // continuation bytes, and C0, C1: overlong
    return expects::nothing;
  if (byte < 0xE0)
    return expects::one;
  if (byte < 0xF0)
    return byte == 0xE0   ? expects::two_after_e0
           : byte == 0xED ? expects::two_after_ed
                          : expects::two;
  if (byte == 0xF0)
    return expects::three_after_f0;
  if (byte < 0xF4)
    return expects::three;
  return byte == 0xF4 ? expects::three_after_f4 : expects::nothing;
}

utf8_validator::expects utf8_validator::after(expects state,
                                              unsigned char byte) noexcept {
  const auto when = [](bool fits, expects next) {
    return fits ? next : expects::nothing;
  };
  switch (state) {
  case expects::any:
    return after_lead(byte);
  case expects::one:
    return when(in(byte, 0x80, 0xBF), expects::any);
  case expects::two:
    return when(in(byte, 0x80, 0xBF), expects::one);
  case expects::three:
    return when(in(byte, 0x80, 0xBF), expects::two);
  case expects::two_after_e0:
    return when(in(byte, 0xA0, 0xBF), expects::one);
  case expects::two_after_ed:
    return when(in(byte, 0x80, 0x9F), expects::one);
  case expects::three_after_f0:
    return when(in(byte, 0x90, 0xBF), expects::two);
  case expects::three_after_f4:
    return when(in(byte, 0x80, 0x8F), expects::two);
  case expects::nothing:
    break;
  }
  return expects::nothing;
}

bool utf8_validator::feed(std::string_view piece) noexcept {
  const char* at = piece.data();
  const char* const end = at + piece.size();
  auto state = state_;
  while (at != end && state != expects::nothing) {
    if (state == expects::any) {
      at = skip_ascii(at, end);
      if (at == end)
        break;
    }
    state = after(state, static_cast<unsigned char>(*at++));
  }
  state_ = state;
  return state != expects::nothing;
}

bool valid_utf8(std::string_view text) noexcept {
  utf8_validator validator;
  return validator.feed(text) && validator.complete();
}

std::string_view utf8_prefix(std::string_view text,
                             std::size_t limit) noexcept {
  if (text.size() <= limit)
    return text;
  // A continuation byte right behind the cut means that the cut is inside a
  // code point.
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80)
    --limit;
  return text.substr(0, limit);
}

} // namespace tidewire::net
