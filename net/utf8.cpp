#include "net/utf8.hpp"

#include <bit>
#include <cstring>

namespace tidewire::net {

namespace {

// Sixteen bytes at once on every compiler we use.
using vector [[gnu::vector_size(16)]] = std::uint64_t;

template <class Word>
Word load(const char* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The first byte at or after `at` that is not ASCII, or `end`, or a byte
// before it if that is cheaper to find.
const char* skip_ascii(const char* at, const char* end) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080u;
  while (end - at >= 32) {
    const vector both = load<vector>(at) | load<vector>(at + sizeof(vector));
    if (((both[0] | both[1]) & high_bits) != 0)
      break;
    at += 2 * sizeof(vector);
  }
  while (end - at >= 8) {
    const auto high = load<std::uint64_t>(at) & high_bits;
    if (high != 0) {
      if constexpr (std::endian::native == std::endian::little)
        at += std::countr_zero(high) / 8;
      return at;
    }
    at += 8;
  }
  while (at != end && static_cast<signed char>(*at) >= 0)
    ++at;
  return at;
}

bool in(unsigned char byte, unsigned low, unsigned high) noexcept {
  return byte >= low && byte <= high;
}

bool continues(unsigned char byte) noexcept {
  return (byte & 0xC0) == 0x80;
}

// Passes over valid code points of two to four bytes as long as there are
// four bytes to look at; whatever else comes is for the states to judge.
const char* skip_code_points(const char* from, const char* end) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(from);
  const auto* const stop = reinterpret_cast<const unsigned char*>(end);
  while (stop - at >= 4 && continues(at[1])) {
    if (in(at[0], 0xC2, 0xDF)) {
      at += 2;
    } else if (in(at[0], 0xE0, 0xEF)) {
      const bool surrogate = at[0] == 0xED && at[1] > 0x9F;
      const bool overlong = at[0] == 0xE0 && at[1] < 0xA0;
      if (!continues(at[2]) || surrogate || overlong)
        break;
      at += 3;
    } else if (in(at[0], 0xF0, 0xF4)) {
      const bool beyond = at[0] == 0xF4 && at[1] > 0x8F;
      const bool overlong = at[0] == 0xF0 && at[1] < 0x90;
      if (!continues(at[2]) || !continues(at[3]) || beyond || overlong)
        break;
      at += 4;
    } else {
      break;
    }
  }
  return reinterpret_cast<const char*>(at);
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
      at = skip_code_points(skip_ascii(at, end), end);
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
  while (limit > 0 && continues(static_cast<unsigned char>(text[limit])))
    --limit;
  return text.substr(0, limit);
}

} // namespace tidewire::net
