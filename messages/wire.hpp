// Bytes of records that cross between nodes: written by one, read and judged by
// another, which need not be of the same version.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire {

/// Puts values behind each other. Integers are varints, so a field that grows
/// needs no new form.
class wire_writer {
public:
  wire_writer() = default;
  /// Appends to what is there.
  explicit wire_writer(std::string before) : out_(std::move(before)) {}

  void number(std::uint64_t x) {
    std::array<char, 10> bytes; // 64 bits, 7 in each
    std::size_t size = 0;
    for (; x >= 0x80; x >>= 7u)
      bytes[size++] = static_cast<char>(x | 0x80u);
    bytes[size++] = static_cast<char>(x);
    out_.append(bytes.data(), size);
  }
  /// A number that may be negative: zigzag, then as above.
  void difference(std::int64_t x) {
    number((static_cast<std::uint64_t>(x) << 1u) ^ (x < 0 ? ~0ull : 0ull));
  }
  void flag(bool x) { out_.push_back(x ? '\1' : '\0'); }
  void text(std::string_view x) {
    number(x.size());
    out_ += x;
  }

  const std::string& bytes() const noexcept { return out_; }
  std::size_t size() const noexcept { return out_.size(); }
  std::string take() noexcept { return std::move(out_); }

private:
  std::string out_;
};

/// Reads what a `wire_writer` wrote. Never trusts: every size is checked
/// against what is there before anything is allocated. After the first failure
/// every read gives 0 or nothing and `failed` is true, so that it need be asked
/// only once, at the end. The bytes must outlive the reader and the texts it
/// gives.
class wire_reader {
public:
  explicit wire_reader(std::string_view bytes) noexcept : rest_(bytes) {}

  std::uint64_t number() noexcept;
  /// More than `most` is a failure.
  std::uint64_t number(std::uint64_t most) noexcept {
    auto x = number();
    if (x > most)
      fail();
    return failed_ ? 0 : x;
  }
  /// How many things follow, each of at least `least` bytes: more than there
  /// can be is a failure, so that a vector may be reserved for them.
  std::size_t count(std::size_t least = 1) noexcept {
    auto x = number();
    if (x > rest_.size() / (least == 0 ? 1 : least))
      fail();
    return failed_ ? 0 : static_cast<std::size_t>(x);
  }
  std::int64_t difference() noexcept {
    auto x = number();
    return static_cast<std::int64_t>((x >> 1u) ^ ((x & 1u) ? ~0ull : 0ull));
  }
  bool flag() noexcept { return number(1) != 0; }
  std::string_view text() noexcept;

  void fail() noexcept {
    failed_ = true;
    rest_ = {};
  }
  bool failed() const noexcept { return failed_; }
  /// Nothing is left; false after a failure.
  bool done() const noexcept { return !failed_ && rest_.empty(); }
  std::string_view rest() const noexcept { return rest_; }

private:
  std::string_view rest_;
  bool failed_ = false;
};

} // namespace tidewire
