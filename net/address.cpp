#include "net/address.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace tidewire::net {

namespace {

constexpr std::size_t v4_prefix = 12; // bytes before the IPv4 address

bool is_v4(const ip_address& address) noexcept {
  return std::all_of(address.begin(), address.begin() + 10,
                     [](unsigned char x) { return x == 0; })
         && address[10] == 0xFF && address[11] == 0xFF;
}

std::string_view trimmed(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && blank(text.back()))
    text.remove_suffix(1);
  return text;
}

// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
std::optional<ip_address> parse_entry(std::string_view text) {
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == std::string_view::npos)
      return std::nullopt;
    return config::parse_address(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1)
    text = text.substr(0, text.find(':'));
  return config::parse_address(text);
}

} // namespace

std::string text_of(const ip_address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  auto v4 = is_v4(address);
  ::inet_ntop(v4 ? AF_INET : AF_INET6, address.data() + (v4 ? v4_prefix : 0),
              text, sizeof text);
  return text;
}

std::optional<ip_address> peer_of(int descriptor) noexcept {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&from), &size) != 0)
    return std::nullopt;
  ip_address out{};
  if (from.ss_family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(from);
    out[10] = out[11] = 0xFF;
    std::memcpy(out.data() + v4_prefix, &v4.sin_addr, sizeof v4.sin_addr);
    return out;
  }
  if (from.ss_family != AF_INET6)
    return std::nullopt;
  auto& v6 = reinterpret_cast<sockaddr_in6&>(from);
  std::memcpy(out.data(), &v6.sin6_addr, out.size());
  return out;
}

std::uint64_t address_group(const ip_address& address) noexcept {
  std::uint64_t group = 0;
  auto* from = address.data() + (is_v4(address) ? 8 : 0);
  std::memcpy(&group, from, sizeof group);
  return group;
}

proxy_list::proxy_list(std::span<const std::string> networks) {
  for (auto& text : networks)
    if (auto network = config::parse_network(text))
      networks_.push_back(*network);
}

bool proxy_list::trusts(const ip_address& address) const noexcept {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](auto& network) { return network.contains(address); });
}

ip_address proxy_list::client(const ip_address& peer,
                              std::string_view forwarded_for) const {
  auto who = peer;
  while (!forwarded_for.empty() && trusts(who)) {
    auto comma = forwarded_for.rfind(',');
    auto first = comma == std::string_view::npos;
    auto entry =
        trimmed(first ? forwarded_for : forwarded_for.substr(comma + 1));
    forwarded_for = first ? std::string_view{} : forwarded_for.substr(0, comma);
    if (entry.empty())
      continue;
    auto next = parse_entry(entry);
    if (!next)
      break;
    who = *next;
  }
  return who;
}

} // namespace tidewire::net
