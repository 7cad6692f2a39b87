#include "actors/random.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/random.h>

namespace tidewire {

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> raw(bytes);
  for (std::size_t got = 0; got < bytes;) {
    auto count = ::getrandom(raw.data() + got, bytes - got, 0);
    if (count < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "getrandom");
    got += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (auto byte : raw) {
    result += digits[byte >> 4u];
    result += digits[byte & 15u];
  }
  return result;
}

} // namespace tidewire
