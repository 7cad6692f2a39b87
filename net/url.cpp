#include "net/url.hpp"

#include <charconv>

namespace tidewire::net {

std::optional<url> parse_url(std::string_view text) {
  url out;
  if (text.starts_with("https://"))
    out.secure = true;
  else if (!text.starts_with("http://"))
    return std::nullopt;
  text.remove_prefix(out.secure ? 8 : 7);
  text = text.substr(0, text.find('#'));
  auto authority = text.substr(0, text.find_first_of("/?"));
  text.remove_prefix(authority.size());
  out.target = text.empty() || text.front() == '?' ? "/" : "";
  out.target += text;
  out.authority = authority;
  auto host = authority;
  std::string_view port;
  auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos)
    return std::nullopt;
  if (auto colon = authority.find(':', bracket);
      colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    if (port.empty())
      return std::nullopt;
  }
  if (bracket != 0) {
    if (host.size() != bracket + 1)
      return std::nullopt;
    host = host.substr(1, bracket - 1);
  }
  if (host.empty() || host.find('@') != std::string_view::npos)
    return std::nullopt;
  out.host = host;
  out.port = out.secure ? 443 : 80;
  if (!port.empty()) {
    auto [end, error] =
        std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc{} || end != port.data() + port.size()
        || out.port == 0)
      return std::nullopt;
  }
  return out;
}

} // namespace tidewire::net
