// Sockets in the file system, for callers on the same machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tidewire::net {

/// A listening socket at that path, for its owner only (mode 0600), or a
/// sentence that says why there is none. A socket that a dead process left
/// there is replaced: the caller knows that no living one uses it. What is no
/// socket is not touched.
struct unix_listening {
  int descriptor = -1;
  std::string trouble;
};
unix_listening listen_unix(const std::string& path, int backlog);

/// Why no socket can have that path: the kernel takes 107 bytes. Empty if it
/// can.
std::string unix_path_trouble(const std::string& path);

/// A connected blocking descriptor, or -1 and `errno`.
int connect_unix(const std::string& path) noexcept;

/// Who is on the other side (SO_PEERCRED), as the kernel knew it when they
/// connected; nothing if it does not.
std::optional<std::uint32_t> peer_user(int descriptor) noexcept;

/// How many sockets that somebody connected to this path the kernel holds;
/// nothing if it does not say. Reads /proc: not for reactors.
std::optional<std::uint64_t> kernel_unix_sockets(const std::string& path);

} // namespace tidewire::net
