#include "actors/state/meter/bytes.hpp"

namespace tidewire::meter {

// Which counts are not zero, then those.
void byte_writer::write(const counts& x) {
  auto values = x.values();
  std::uint64_t present = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    present |= std::uint64_t{values[i] != 0} << i;
  varint(present);
  for (auto value : values)
    if (value != 0)
      varint(value);
}

counts byte_reader::read_counts() {
  std::array<std::uint64_t, counts::size> values{};
  auto present = varint((std::uint64_t{1} << counts::size) - 1);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (present >> i & 1)
      values[i] = varint(largest_value);
  return counts::of(values);
}

std::uint64_t byte_reader::varint() {
  std::uint64_t x = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (rest_.empty()) {
      fail(codec_error::truncated);
      return 0;
    }
    auto byte = static_cast<std::uint8_t>(rest_.front());
    if (shift == 63 && byte > 1) {
      fail(codec_error::value);
      return 0;
    }
    rest_.remove_prefix(1);
    x |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80)
      return x;
  }
}

std::uint64_t byte_reader::varint(std::uint64_t most) {
  auto x = varint();
  if (x > most) {
    fail(codec_error::value);
    return 0;
  }
  return x;
}

std::string_view byte_reader::text() {
  auto size = varint();
  if (size > rest_.size()) {
    fail(codec_error::truncated);
    return {};
  }
  auto x = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return x;
}

std::uint64_t moved(byte_reader& in, std::uint64_t base, std::int64_t by) {
  auto x = base + static_cast<std::uint64_t>(by); // wraps, and is checked
  if (x > largest_value) {
    in.fail(codec_error::value);
    return 0;
  }
  return x;
}

} // namespace tidewire::meter
