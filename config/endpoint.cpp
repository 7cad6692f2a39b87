#include "config/endpoint.hpp"

#include <charconv>

namespace tidewire::config {

std::optional<endpoint_parts> split_endpoint(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return std::nullopt;
  auto host = text.substr(0, colon);
  auto port = text.substr(colon + 1);
  if (host.starts_with('[') != host.ends_with(']'))
    return std::nullopt;
  if (host.starts_with('['))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return std::nullopt;
  endpoint_parts result{std::string{host}, 0};
  auto* end = port.data() + port.size();
  auto [stopped, error] = std::from_chars(port.data(), end, result.port);
  if (error != std::errc{} || stopped != end || host.empty())
    return std::nullopt;
  return result;
}

std::string join_endpoint(std::string_view host, std::string_view port) {
  std::string result;
  auto v6 = host.find(':') != std::string_view::npos;
  result += v6 ? "[" : "";
  result += host;
  result += v6 ? "]:" : ":";
  return result += port;
}

} // namespace tidewire::config
