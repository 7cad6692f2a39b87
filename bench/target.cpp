#include "bench/target.hpp"

#include <charconv>
#include <cstring>
#include <fstream>

#include <arpa/inet.h>
#include <netdb.h>

namespace tidewire::bench {
namespace {

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1)
    return std::nullopt;
  return ntohl(address.s_addr);
}

bad_input wrong_url(std::string_view url, std::string_view why) {
  return {"\"" + std::string(url) + "\" " + std::string(why)
          + "; expected ws://host:port, such as ws://127.0.0.1:6001"};
}

} // namespace

std::string target::authority() const {
  const auto name =
      host.find(':') == std::string::npos ? host : "[" + host + "]";
  return name + ":" + std::to_string(port);
}

std::string target::url() const {
  return "ws://" + authority() + prefix;
}

std::variant<target, bad_input> parse_target(std::string_view url) {
  auto rest = url;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    const auto name = rest.substr(0, scheme);
    if (name == "wss" || name == "https")
      return wrong_url(url, "asks for TLS, which the generator does not speak");
    if (name != "ws" && name != "http")
      return wrong_url(url, "has a scheme other than ws");
    rest.remove_prefix(scheme + 3);
  }
  target result;
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    result.prefix = rest.substr(slash);
    while (result.prefix.ends_with('/'))
      result.prefix.pop_back();
    rest = rest.substr(0, slash);
  }
  auto port = std::string_view{};
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos)
      return wrong_url(url, "has a [ without its ]");
    result.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    if (!rest.empty() && rest.front() != ':')
      return wrong_url(url, "has something other than a port after the ]");
    if (!rest.empty())
      port = rest.substr(1);
  } else {
    const auto colon = rest.find(':');
    result.host = rest.substr(0, colon);
    if (colon != std::string_view::npos)
      port = rest.substr(colon + 1);
  }
  if (result.host.empty())
    return wrong_url(url, "has no host");
  if (!port.empty()) {
    const auto* end = port.data() + port.size();
    const auto [last, error] = std::from_chars(port.data(), end, result.port);
    if (error != std::errc{} || last != end || result.port == 0)
      return wrong_url(url, "has a port that is not a number from 1 to 65535");
  }
  return result;
}

std::variant<socket_address, bad_input> resolve(const target& to) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const auto port = std::to_string(to.port);
  if (const auto error =
          getaddrinfo(to.host.c_str(), port.c_str(), &hints, &list))
    return bad_input{"cannot find the host \"" + to.host
                     + "\": " + gai_strerror(error)};
  // Prefer IPv4: `localhost` is ::1 first, and servers bind 127.0.0.1.
  const auto* chosen = list;
  for (const auto* entry = list; entry != nullptr; entry = entry->ai_next)
    if (entry->ai_family == AF_INET) {
      chosen = entry;
      break;
    }
  socket_address result;
  std::memcpy(&result.storage, chosen->ai_addr, chosen->ai_addrlen);
  result.size = chosen->ai_addrlen;
  freeaddrinfo(list);
  return result;
}

std::variant<std::vector<socket_address>, bad_input>
parse_sources(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_ipv4(text.substr(0, dash));
  const auto last = dash == std::string_view::npos
                        ? first
                        : parse_ipv4(text.substr(dash + 1));
  if (!first || !last)
    return bad_input{"\"" + std::string(text)
                     + "\" is not an IPv4 address or range; expected one such "
                       "as 127.0.0.1 or 127.0.0.1-127.0.0.8"};
  if (*last < *first || *last - *first >= 4096)
    return bad_input{"\"" + std::string(text)
                     + "\" must run upwards over at most 4,096 addresses"};
  std::vector<socket_address> result;
  for (auto ip = *first;; ++ip) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(ip);
    auto& entry = result.emplace_back();
    std::memcpy(&entry.storage, &address, sizeof address);
    entry.size = sizeof address;
    if (ip == *last)
      return result;
  }
}

std::uint64_t ephemeral_ports() {
  std::ifstream in("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (in >> low >> high && high > low)
    return high - low + 1;
  return 28'232;
}

} // namespace tidewire::bench
