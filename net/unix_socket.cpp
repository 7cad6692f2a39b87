#include "net/unix_socket.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace tidewire::net {

namespace {

constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;

sockaddr_un address_of(const std::string& path) noexcept {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  std::memcpy(out.sun_path, path.data(), std::min(path.size(), longest));
  return out;
}

std::string reason(int error) {
  return std::generic_category().message(error);
}

// `Num RefCount Protocol Flags Type St Inode Path`, St in hex.
bool is_connected(const std::string& line, const std::string& path) {
  constexpr std::string_view connected = "03"; // SS_CONNECTED
  if (!line.ends_with(' ' + path))
    return false;
  std::size_t at = 0;
  for (int field = 0; field < 5 && at != std::string::npos; ++field)
    at = line.find_first_not_of(' ', line.find(' ', at));
  return at != std::string::npos && line.compare(at, 2, connected) == 0;
}

} // namespace

std::string unix_path_trouble(const std::string& path) {
  if (path.size() <= longest)
    return {};
  return "The path of the admin socket, " + path + ", has "
         + std::to_string(path.size()) + " bytes, and no socket's may have "
         + "more than " + std::to_string(longest)
         + ": give the server a data_dir with a shorter path.";
}

unix_listening listen_unix(const std::string& path, int backlog) {
  if (auto trouble = unix_path_trouble(path); !trouble.empty())
    return {-1, trouble};
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode))
      return {-1, "There is something at " + path
                      + " that is no socket; move it away."};
    ::unlink(path.c_str());
  }
  auto failed = [&](const char* what, int descriptor) {
    auto error = errno;
    if (descriptor >= 0)
      ::close(descriptor);
    return unix_listening{-1, "The admin socket " + path + " cannot be " + what
                                  + ": " + reason(error) + '.'};
  };
  auto descriptor =
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0)
    return failed("made", descriptor);
  // The file gets the mode of the socket, so nobody slips in before a chmod.
  ::fchmod(descriptor, 0600);
  auto address = address_of(path);
  if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address)
      != 0)
    return failed("made", descriptor);
  if (::chmod(path.c_str(), 0600) != 0)
    return failed("given to its owner only", descriptor);
  if (::listen(descriptor, backlog) != 0)
    return failed("listened on", descriptor);
  return {descriptor, {}};
}

int connect_unix(const std::string& path) noexcept {
  if (path.size() > longest) {
    errno = ENAMETOOLONG;
    return -1;
  }
  auto descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0)
    return -1;
  auto address = address_of(path);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address),
                sizeof address)
      == 0)
    return descriptor;
  auto error = errno;
  ::close(descriptor);
  errno = error;
  return -1;
}

std::optional<std::uint32_t> peer_user(int descriptor) noexcept {
  ucred who{};
  socklen_t size = sizeof who;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
    return std::nullopt;
  return who.uid;
}

std::optional<std::uint64_t> kernel_unix_sockets(const std::string& path) {
  std::ifstream file("/proc/net/unix");
  if (!file)
    return std::nullopt;
  std::uint64_t total = 0;
  for (std::string line; std::getline(file, line);)
    total += is_connected(line, path) ? 1 : 0;
  return total;
}

} // namespace tidewire::net
