// Where a client comes from.
#pragma once

#include "config/network.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::net {

using config::ip_address;

/// The other side of a connected socket; nothing when it is gone or no IP.
std::optional<ip_address> peer_of(int descriptor) noexcept;

/// `192.0.2.1`, `2001:db8::1`.
std::string text_of(const ip_address& address);

/// What counts as one client: an IPv4 address, or the 64 bits of an IPv6
/// address that name its network, because hosts choose the others as they like.
std::uint64_t address_group(const ip_address& address) noexcept;

/// The proxies in front of this server (`server.trusted_proxies`).
class proxy_list {
public:
  proxy_list() = default;

  /// Every text is a network (`config::rules::is_network`).
  explicit proxy_list(std::span<const std::string> networks);

  bool empty() const noexcept { return networks_.empty(); }
  bool trusts(const ip_address& address) const noexcept;

  /// Who the client behind `peer` is. `forwarded_for` is read from its right
  /// end: an entry counts only when everybody to the right of it is trusted,
  /// because whatever stands further left anybody may have written. What is no
  /// address (`unknown`) ends the search at whoever wrote it.
  ip_address client(const ip_address& peer,
                    std::string_view forwarded_for) const;

private:
  std::vector<config::network> networks_;
};

} // namespace tidewire::net
