// Bytes and bits of the meter's records; see codec.hpp for what decoders keep.
#pragma once

#include "actors/state/meter/codec.hpp"
#include "actors/state/meter/figures.hpp"

#include <bit>
#include <optional>
#include <string>

namespace tidewire::meter {

/// The first byte of every form: a kind, and its version.
enum class form : std::uint8_t {
  block = 0x11,
  minute = 0x22,
  coarse_minute = 0x31,
  day = 0x41
};

/// No tick is further from 1970, in either direction: 34,000 years.
inline constexpr std::int64_t largest_tick = std::int64_t{1} << 40;

/// No level is larger.
inline constexpr std::uint64_t largest_level = std::uint64_t{1} << 32;

/// No length of time or count is larger; sums of them fit.
inline constexpr std::uint64_t largest_value = std::uint64_t{1} << 48;

constexpr std::uint64_t zigzag(std::int64_t x) noexcept {
  return (static_cast<std::uint64_t>(x) << 1) ^ (x < 0 ? ~std::uint64_t{0} : 0);
}

constexpr std::int64_t unzigzag(std::uint64_t x) noexcept {
  return static_cast<std::int64_t>((x >> 1)
                                   ^ ((x & 1) ? ~std::uint64_t{0} : 0));
}

class byte_writer {
public:
  explicit byte_writer(form first) : out_(1, static_cast<char>(first)) {}

  void varint(std::uint64_t x) {
    for (; x >= 0x80; x >>= 7)
      out_.push_back(static_cast<char>(x | 0x80));
    out_.push_back(static_cast<char>(x));
  }
  void difference(std::int64_t x) { varint(zigzag(x)); }
  void text(std::string_view x) {
    varint(x.size());
    out_ += x;
  }
  void write(const counts& x);
  std::string& out() noexcept { return out_; }

private:
  std::string out_;
};

/// After the first failure every read gives 0, and `error` says why.
class byte_reader {
public:
  byte_reader(std::string_view bytes, form first) : rest_(bytes) {
    if (rest_.empty())
      fail(codec_error::truncated);
    else if (static_cast<std::uint8_t>(rest_.front())
             != static_cast<std::uint8_t>(first))
      fail(codec_error::version);
    else
      rest_.remove_prefix(1);
  }

  std::uint64_t varint();
  /// At most `most`, or it is an error.
  std::uint64_t varint(std::uint64_t most);
  std::int64_t difference() { return unzigzag(varint()); }
  std::string_view text();
  counts read_counts();

  void fail(codec_error why) {
    if (!error_)
      error_ = why;
    rest_ = {};
  }
  bool failed() const noexcept { return error_.has_value(); }
  std::string_view rest() const noexcept { return rest_; }
  /// What is wrong, trailing bytes included.
  std::optional<codec_error> finish() {
    if (!rest_.empty())
      fail(codec_error::trailing);
    return error_;
  }

private:
  std::string_view rest_;
  std::optional<codec_error> error_;
};

/// What a counter says, where differences are taken.
inline std::int64_t signed_of(std::uint64_t x) noexcept {
  return static_cast<std::int64_t>(x);
}

/// Adds a signed difference; out of range is an error.
std::uint64_t moved(byte_reader& in, std::uint64_t base, std::int64_t by);

} // namespace tidewire::meter
