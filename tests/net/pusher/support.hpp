// What the protocol's tests share.
#pragma once

#include "config/settings.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire::pusher {

// The app of the vectors in protocol.md §8.
inline const std::vector<config::key_pair> vector_keys{
    {"278d425bdf160c739803", "7ad3773142a6692b25b8"}};
inline constexpr std::string_view vector_key = "278d425bdf160c739803";
inline constexpr std::string_view vector_secret = "7ad3773142a6692b25b8";

inline const config::limit_settings default_limits;

/// The alternative that a test expects, or nullptr.
template <class T, class... Ts>
const T* as(const std::variant<Ts...>& value) {
  return std::get_if<T>(&value);
}

/// The parts in a row. In place of `"a" + std::string(…)`, about which GCC 12
/// warns without a reason when it optimises.
template <class... Parts>
std::string joined(const Parts&... parts) {
  std::string result;
  ((result += parts), ...);
  return result;
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

} // namespace tidewire::pusher
