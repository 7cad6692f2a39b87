#include "messages/wire.hpp"

namespace tidewire {

std::uint64_t wire_reader::number() noexcept {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) {
      fail();
      return 0;
    }
    auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1)
      break; // more than 64 bits
    result |= static_cast<std::uint64_t>(byte & 0x7fu) << shift;
    if (byte < 0x80)
      return result;
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
