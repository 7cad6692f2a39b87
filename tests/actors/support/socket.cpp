#include "tests/actors/support/socket.hpp"

#include "net/socket.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidewire::testing {

socket::socket(std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (descriptor_ < 0
      || ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to)
             != 0) {
    auto error = errno;
    close();
    throw std::system_error(error, std::generic_category(), "connect");
  }
  net::prepare_client_socket(descriptor_);
}

socket::~socket() {
  close();
}

socket::socket(socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

bool socket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

socket::outcome socket::read(char* into, std::size_t& size,
                             std::chrono::steady_clock::time_point deadline) {
  using namespace std::chrono;
  for (;;) {
    auto left = duration_cast<milliseconds>(deadline - steady_clock::now());
    pollfd waiting{descriptor_, POLLIN, 0};
    auto ready = ::poll(&waiting, 1,
                        left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready <= 0)
      return outcome::late;
    auto count = ::recv(descriptor_, into, size, 0);
    if (count < 0 && errno == EINTR)
      continue;
    size = count > 0 ? static_cast<std::size_t>(count) : 0;
    return count > 0 ? outcome::data : outcome::ended;
  }
}

void socket::reset() {
  net::abort_on_close(descriptor_);
  close();
}

void socket::close() {
  if (descriptor_ >= 0)
    ::close(std::exchange(descriptor_, -1));
}

} // namespace tidewire::testing
