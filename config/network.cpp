#include "config/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include <arpa/inet.h>

namespace tidewire::config {

namespace {

constexpr unsigned mapped_bits = 96; // of an IPv4 address inside an IPv6 one

bool is_v4(std::string_view text) {
  return text.find(':') == std::string_view::npos;
}

} // namespace

std::optional<ip_address> parse_address(std::string_view text) {
  // inet_pton stops at a NUL, a text does not.
  if (text.find('\0') != std::string_view::npos)
    return std::nullopt;
  ip_address out{};
  if (!is_v4(text))
    return inet_pton(AF_INET6, std::string(text).c_str(), out.data()) == 1
               ? std::optional{out}
               : std::nullopt;
  out[10] = out[11] = 0xFF;
  if (inet_pton(AF_INET, std::string(text).c_str(), out.data() + 12) != 1)
    return std::nullopt;
  return out;
}

bool network::contains(const ip_address& address) const noexcept {
  auto whole = bits / 8;
  if (std::memcmp(base.data(), address.data(), whole) != 0)
    return false;
  auto rest = bits % 8;
  return rest == 0 || ((base[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

std::optional<network> parse_network(std::string_view text) {
  auto slash = text.find('/');
  auto address = parse_address(text.substr(0, slash));
  if (!address)
    return std::nullopt;
  if (slash == std::string_view::npos)
    return network{*address, 128};
  auto number = text.substr(slash + 1);
  unsigned bits = 0;
  auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), bits);
  auto v4 = is_v4(text.substr(0, slash));
  if (error != std::errc{} || end != number.data() + number.size()
      || bits > (v4 ? 32u : 128u))
    return std::nullopt;
  network out{*address, v4 ? bits + mapped_bits : bits};
  auto own = *address;
  for (unsigned i = 0; i < 128; ++i)
    if (i >= out.bits && (own[i / 8] & (0x80u >> i % 8)) != 0)
      return std::nullopt;
  return out;
}

} // namespace tidewire::config
