// Small numbers in few bits.
#pragma once

#include "actors/state/meter/tick.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire::meter {

/// Writes bits, the first one highest, behind the bytes of a string.
class bit_writer {
public:
  explicit bit_writer(std::string& out) : out_(out) {}

  void put(std::uint64_t value, int bits) {
    while (bits-- > 0) {
      if (used_ == 0)
        out_.push_back(0);
      auto one = value >> bits & 1;
      out_.back() = static_cast<char>(static_cast<std::uint8_t>(out_.back())
                                      | one << (7 - used_));
      used_ = (used_ + 1) % 8;
    }
  }

private:
  std::string& out_;
  int used_ = 0; // bits of the last byte
};

/// Reads them; beyond the end there are zeros, and `overrun` tells.
class bit_reader {
public:
  explicit bit_reader(std::string_view bytes) : rest_(bytes) {}

  /// A Rice code with parameter `k`: ones, up to `escape` of them, a zero, and
  /// `k` bits; after `escape` ones a number of `raw` bits. It is one look at
  /// the window where that holds it, and a month is twenty million of them.
  std::uint64_t code(int k, int escape, int raw) noexcept {
    fill();
    auto n = std::countl_one(window_);
    if (n < escape && n + 1 + k < 57) {
      auto rest = window_ << 1 << n;
      held_ -= n + 1 + k;
      window_ = rest << k;
      return static_cast<std::uint64_t>(n) << k | rest >> 1 >> (63 - k);
    }
    auto quotient = static_cast<std::uint64_t>(ones(escape));
    if (quotient == static_cast<std::uint64_t>(escape))
      return get(raw);
    return quotient << k | get(k);
  }

  /// At most 56 bits.
  std::uint64_t get(int bits) noexcept {
    if (bits == 0)
      return 0;
    if (held_ < bits)
      fill();
    auto x = window_ >> (64 - bits);
    drop(bits);
    return x;
  }

  /// How many ones follow, up to `most` (≤ 32), and takes them with the zero
  /// that ends them, if they are fewer.
  int ones(int most) noexcept {
    if (held_ <= most)
      fill();
    auto n = std::countl_one(window_);
    if (n >= most)
      n = most;
    drop(n < most ? n + 1 : n);
    return n;
  }

  bool overrun() const noexcept { return held_ < 0; }
  /// Everything was read, and what fills the last byte is zero.
  bool at_end() const noexcept {
    return rest_.empty() && held_ >= 0 && held_ < 8 && window_ == 0;
  }

private:
  void drop(int bits) noexcept {
    if (bits > 0)
      window_ <<= bits;
    held_ -= bits;
  }

  // The highest first. Written out, it is one load; as a loop it is not.
  static std::uint64_t eight_bytes(const char* from) noexcept {
    auto at = [from](int i) {
      return std::uint64_t{static_cast<std::uint8_t>(from[i])} << (56 - 8 * i);
    };
    return at(0) | at(1) | at(2) | at(3) | at(4) | at(5) | at(6) | at(7);
  }

  // At least 56 bits are in the window afterwards, or all there are. Behind the
  // bits held there may be some of the next byte, which is taken again later:
  // so there is no branch that depends on how many are held.
  void fill() noexcept {
    if (rest_.size() >= 8 && held_ >= 0) {
      window_ |= eight_bytes(rest_.data()) >> held_;
      rest_.remove_prefix(static_cast<std::size_t>(63 - held_) >> 3);
      held_ |= 56;
      return;
    }
    for (; held_ >= 0 && held_ < 56 && !rest_.empty(); held_ += 8) {
      window_ |= std::uint64_t{static_cast<std::uint8_t>(rest_.front())}
                 << (56 - held_);
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  std::uint64_t window_ = 0;
  int held_ = 0; // bits in the window; negative: read beyond the end
};

using residuals = std::array<std::int64_t, minute::ticks>;

/// The first `size` of the residuals: a parameter that suits them, then a Rice
/// code each. All zero: 7 bits.
void put_column(bit_writer& out, const residuals& x, int size);

/// False if all of them are zero, written so; they are set then, too.
bool get_column(bit_reader& from, residuals& x, int size);

} // namespace tidewire::meter
