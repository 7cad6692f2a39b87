// UTF-8, checked as it arrives (RFC 3629).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidewire::net {

/// Checks a text that arrives in pieces of any size. One byte of state. Fails
/// as early as RFC 6455 §8.1 permits: at the first byte after which no
/// continuation could make the text valid (overlong forms, surrogates and
/// values above U+10FFFF are caught at their second byte).
class utf8_validator {
public:
  /// Takes the next piece. False once the text cannot become valid; it stays
  /// false until `reset`.
  bool feed(std::string_view piece) noexcept;

  /// True when the text so far is valid and ends between two code points.
  bool complete() const noexcept { return state_ == expects::any; }

  void reset() noexcept { state_ = expects::any; }

private:
  // What the next byte may be. The names tell how many continuation bytes are
  // due and, where the first of them has a narrower range, after which lead.
  enum class expects : std::uint8_t {
    any,
    one,
    two,
    three,
    two_after_e0,   // A0..BF: no overlong forms
    two_after_ed,   // 80..9F: no surrogates
    three_after_f0, // 90..BF: no overlong forms
    three_after_f4, // 80..8F: nothing above U+10FFFF
    nothing,        // invalid
  };

  static expects after_lead(unsigned char byte) noexcept;
  static expects after(expects state, unsigned char byte) noexcept;

  expects state_ = expects::any;
};

/// True for a whole text of valid UTF-8; the empty one is.
bool valid_utf8(std::string_view text) noexcept;

/// The longest prefix of a valid `text` that has at most `limit` bytes and
/// does not cut a code point.
std::string_view utf8_prefix(std::string_view text, std::size_t limit) noexcept;

} // namespace tidewire::net
