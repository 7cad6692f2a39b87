#include "bench/gauge_probe.hpp"

#include <cmath>
#include <cstdlib>

#include <sys/time.h>
#include <unistd.h>

namespace tidewire::bench {

std::optional<std::uint64_t> parse_gauge(std::string_view exposition,
                                         std::string_view app_id) {
  constexpr std::string_view name = "tidewire_connections";
  const auto label = "app_id=\"" + std::string(app_id) + "\"";
  bool known = false;
  for (std::size_t at = 0; at < exposition.size();) {
    const auto end = std::min(exposition.find('\n', at), exposition.size());
    const auto line = exposition.substr(at, end - at);
    at = end + 1;
    known = known || line.find("# TYPE tidewire_connections ") == 0;
    if (!line.starts_with(name) || line.size() <= name.size()
        || (line[name.size()] != '{' && line[name.size()] != ' '))
      continue;
    known = true;
    const auto close = line.rfind('}');
    if (close == std::string_view::npos
        || line.substr(0, close).find(label) == std::string_view::npos)
      continue;
    const auto value =
        std::strtod(std::string(line.substr(close + 1)).c_str(), nullptr);
    return static_cast<std::uint64_t>(std::llround(value));
  }
  if (known)
    return 0;
  return std::nullopt;
}

std::optional<std::string> fetch(const std::string& url) {
  const auto parsed = parse_target(url);
  const auto* to = std::get_if<target>(&parsed);
  if (to == nullptr)
    return std::nullopt;
  const auto looked_up = resolve(*to);
  const auto* address = std::get_if<socket_address>(&looked_up);
  if (address == nullptr)
    return std::nullopt;
  const auto fd =
      ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return std::nullopt;
  const timeval limit{2, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  std::string text;
  // HTTP/1.0, so that the body ends with the connection.
  const auto request = "GET " + (to->prefix.empty() ? "/" : to->prefix)
                       + " HTTP/1.0\r\nHost: " + to->authority() + "\r\n\r\n";
  if (::connect(fd, address->get(), address->size) == 0
      && ::send(fd, request.data(), request.size(), MSG_NOSIGNAL)
             == static_cast<ssize_t>(request.size())) {
    char part[16 * 1024];
    for (ssize_t got = 0; (got = ::recv(fd, part, sizeof part, 0)) > 0;)
      text.append(part, static_cast<std::size_t>(got));
  }
  ::close(fd);
  const auto blank = text.find("\r\n\r\n");
  if (blank == std::string::npos || text.find(" 200 ") > 9)
    return std::nullopt;
  return text.substr(blank + 4);
}

} // namespace tidewire::bench
