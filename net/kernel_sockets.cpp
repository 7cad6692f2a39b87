#include "net/kernel_sockets.hpp"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidewire::net {

namespace {

struct netlink_socket {
  int descriptor =
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  netlink_socket() = default;
  netlink_socket(const netlink_socket&) = delete;
  netlink_socket& operator=(const netlink_socket&) = delete;
  ~netlink_socket() {
    if (descriptor >= 0)
      ::close(descriptor);
  }
};

// Every state but LISTEN, SYN_RECV, TIME_WAIT and CLOSE: what is left has a
// process behind it, or had one a moment ago.
constexpr std::uint32_t held_states =
    (1u << TCP_ESTABLISHED) | (1u << TCP_FIN_WAIT1) | (1u << TCP_FIN_WAIT2)
    | (1u << TCP_CLOSE_WAIT) | (1u << TCP_LAST_ACK) | (1u << TCP_CLOSING);

bool ask(int descriptor, std::uint8_t family, std::uint16_t port) {
  struct {
    nlmsghdr head;
    inet_diag_req_v2 body;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = held_states;
  request.body.id.idiag_sport = htons(port);
  return ::send(descriptor, &request, sizeof request, 0) == sizeof request;
}

// Adds the sockets of one answer; true when the dump is complete, nothing on
// an error.
std::optional<bool> count(char* bytes, std::size_t size, std::uint16_t port,
                          std::uint64_t& total) {
  auto left = static_cast<unsigned>(size);
  for (auto* head = reinterpret_cast<nlmsghdr*>(bytes); NLMSG_OK(head, left);
       head = NLMSG_NEXT(head, left)) {
    if (head->nlmsg_type == NLMSG_DONE)
      return true;
    if (head->nlmsg_type == NLMSG_ERROR)
      return std::nullopt;
    inet_diag_msg message;
    std::memcpy(&message, NLMSG_DATA(head), sizeof message);
    if (message.id.idiag_sport == htons(port) && message.idiag_inode != 0)
      ++total;
  }
  return false;
}

} // namespace

std::optional<std::uint64_t> kernel_sockets(std::uint16_t local_port) {
  netlink_socket link;
  if (link.descriptor < 0)
    return std::nullopt;
  std::uint64_t total = 0;
  alignas(nlmsghdr) static thread_local std::array<char, std::size_t{64} * 1024>
      buffer;
  for (std::uint8_t family : {AF_INET, AF_INET6}) {
    if (!ask(link.descriptor, family, local_port))
      return std::nullopt;
    for (bool done = false; !done;) {
      auto size = ::recv(link.descriptor, buffer.data(), buffer.size(), 0);
      if (size <= 0)
        return std::nullopt;
      auto end = count(buffer.data(), static_cast<std::size_t>(size),
                       local_port, total);
      if (!end)
        return std::nullopt;
      done = *end;
    }
  }
  return total;
}

} // namespace tidewire::net
