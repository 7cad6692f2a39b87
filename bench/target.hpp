// Where the generator connects to, and from where.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

namespace tidewire::bench {

/// An address in the form the socket calls take.
struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

/// A sentence that says what is wrong with something a person typed.
struct bad_input {
  std::string message;
};

/// The parts of `ws://host:port/prefix`.
struct target {
  std::string host;
  std::uint16_t port = 6001;
  /// Empty, or begins with a slash and does not end with one.
  std::string prefix;

  /// `host:port`, as it stands in a Host header.
  std::string authority() const;
  std::string url() const;
};

/// Parses `ws://host[:port][/prefix]`; the scheme may be left out or be http,
/// the host may be a name, an IPv4 or a bracketed IPv6 address.
std::variant<target, bad_input> parse_target(std::string_view url);

/// Looks the host up. Blocks; the error is a sentence.
std::variant<socket_address, bad_input> resolve(const target& to);

/// Parses one IPv4 address or a range `127.0.0.1-127.0.0.8` of at most 4,096.
std::variant<std::vector<socket_address>, bad_input>
parse_sources(std::string_view text);

/// How many ports the kernel hands out to one source address towards one
/// destination.
std::uint64_t ephemeral_ports();

} // namespace tidewire::bench
