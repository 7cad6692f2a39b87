#include "messages/wire.hpp"

namespace tidewire {

std::uint64_t wire_reader::number() noexcept {
  std::uint64_t result = 0;
  unsigned shift = 0;
  for (std::size_t i = 0; i < rest_.size() && shift < 64; ++i, shift += 7) {
    auto byte = static_cast<unsigned char>(rest_[i]);
    if (shift == 63 && byte > 1)
      break; // more than 64 bits
    result |= static_cast<std::uint64_t>(byte & 0x7fu) << shift;
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return result;
    }
  }
  fail();
  return 0;
}

std::string_view wire_reader::text() noexcept {
  auto size = number();
  if (failed_ || size > rest_.size()) {
    fail();
    return {};
  }
  auto result = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return result;
}

} // namespace tidewire
