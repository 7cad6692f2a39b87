#include "messages/ids.hpp"

#include <charconv>

namespace tidewire {

namespace {

std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

} // namespace

std::string to_string(const socket_id& id) {
  return std::to_string(id.node_part) + '.' + std::to_string(id.serial);
}

std::optional<socket_id> parse_socket_id(std::string_view text) {
  auto dot = text.find('.');
  if (dot == std::string_view::npos)
    return std::nullopt;
  auto node_part = parse_digits(text.substr(0, dot));
  auto serial = parse_digits(text.substr(dot + 1));
  if (!node_part || !serial)
    return std::nullopt;
  return socket_id{*node_part, *serial};
}

} // namespace tidewire
