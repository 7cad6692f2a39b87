// The parts of a URL that a client needs (RFC 3986, http and https only). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::net {

struct url {
  bool secure = false;
  std::string host; ///< a name or address, IPv6 without brackets
  std::uint16_t port = 0;
  std::string target;    ///< path and query, never empty
  std::string authority; ///< as the Host header has it

  friend bool operator==(const url&, const url&) = default;
};

/// Nothing for what is no http or https URL with a host, and for one with a
/// user or password in it. A fragment is dropped.
std::optional<url> parse_url(std::string_view text);

} // namespace tidewire::net
