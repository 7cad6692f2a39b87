/// IP addresses and networks as texts name them. Pure.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tidewire::config {

/// An IPv6 address in the order of the wire; IPv4 stands as ::ffff:a.b.c.d, so
/// that a client is the same by whichever kind of socket it comes.
using ip_address = std::array<unsigned char, 16>;

/// `192.0.2.1`, `2001:db8::1`; no port, no brackets, no name.
std::optional<ip_address> parse_address(std::string_view text);

/// The addresses whose first `bits` bits are those of `base`.
struct network {
  ip_address base{};
  unsigned bits = 128;

  bool contains(const ip_address& address) const noexcept;
};

/// `10.0.0.0/8`, `fd00::/8`, or one address. Bits behind the prefix must be 0,
/// because who sets them means something else.
std::optional<network> parse_network(std::string_view text);

} // namespace tidewire::config
