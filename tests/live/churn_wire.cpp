#include "tests/live/churn_wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tidewire::churn {

namespace {

// A constant mask is a valid mask.
std::string client_frame(int opcode, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(0x80 | opcode);
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xFF);
  }
  const std::string_view key = "tide";
  frame += key;
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(payload[i] ^ key[i % 4]);
  return frame;
}

} // namespace

int connect_from(unsigned id, unsigned source, unsigned port) {
  const int fd =
      ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  // The port is chosen at connect(), when the whole address pair is known.
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr =
      htonl(0x7F000000u | (id & 0xFF) << 8 | (source & 0xFF));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  const auto* from_address = reinterpret_cast<const sockaddr*>(&from);
  const auto* to_address = reinterpret_cast<const sockaddr*>(&to);
  if (::bind(fd, from_address, sizeof from) == 0
      && (::connect(fd, to_address, sizeof to) == 0 || errno == EINPROGRESS))
    return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

void write_some(int fd, std::string_view bytes) {
  [[maybe_unused]] const auto sent =
      ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string upgrade_request(std::string_view target) {
  return "GET " + std::string{target}
         + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

std::string client_close(std::uint16_t code) {
  const char payload[] = {static_cast<char>(code >> 8),
                          static_cast<char>(code & 0xFF)};
  return client_frame(8, {payload, sizeof payload});
}

std::string subscribe_request(std::size_t channel) {
  return client_frame(1, R"({"event":"pusher:subscribe","data":)"
                         R"({"auth":"","channel":"churn-)"
                             + std::to_string(channel) + "\"}}");
}

std::optional<server_frame> server_stream::next() {
  in_.erase(0, used_);
  used_ = 0;
  if (!upgraded_) {
    const auto end = in_.find("\r\n\r\n");
    if (end == std::string::npos)
      return std::nullopt;
    upgraded_ = in_.starts_with("HTTP/1.1 101 ");
    broken_ = !upgraded_;
    if (broken_)
      return std::nullopt;
    in_.erase(0, end + 4);
  }
  const auto byte = [this](std::size_t at) {
    return static_cast<unsigned char>(in_[at]);
  };
  if (in_.size() < 2)
    return std::nullopt;
  std::size_t length = byte(1);
  std::size_t head = 2;
  if (length == 126) {
    if (in_.size() < 4)
      return std::nullopt;
    length = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
    head = 4;
  }
  // Masked, fragmented or huge: nothing we are sent is.
  broken_ = length > 0xFFFF || byte(1) >= 127 || (byte(0) & 0xF0) != 0x80;
  if (broken_ || in_.size() < head + length)
    return std::nullopt;
  used_ = head + length;
  server_frame frame{byte(0) & 0x0F, 1005, {in_.data() + head, length}};
  if (frame.opcode == 8 && length >= 2)
    frame.close_code = byte(head) << 8 | byte(head + 1);
  return frame;
}

} // namespace tidewire::churn
