// The floor: what the kernel charges for deliveries, and no more. One thread,
// one send of the same bytes per subscriber and event. It speaks just enough of
// the protocol for the load generator: every text frame is a subscribe, every
// POST an event for all, nothing is checked. Sends block: a subscriber whose
// buffer is full is waited for, so one that never reads stops everything.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace {

struct peer {
  bool is_websocket = false;
  std::string in; // what has come of a request or frame
};

std::vector<int> subscribers;

// Sockets block when they send. What fails shows up when they are read.
void send_all(int fd, std::string_view bytes) {
  (void)!::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string frame(std::string_view text) {
  std::string bytes = "\x81";
  if (text.size() >= 126)
    (bytes += '\x7e') += static_cast<char>(text.size() >> 8);
  return (bytes += static_cast<char>(text.size())).append(text);
}

std::string between(std::string_view text, std::string_view before,
                    std::string_view after) {
  const auto rest = text.substr(text.find(before) + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

void upgrade(int fd, std::string_view head) {
  const auto key = between(head, "Sec-WebSocket-Key: ", "\r\n")
                   + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[20], accept[32];
  EVP_Digest(key.data(), key.size(), digest, nullptr, EVP_sha1(), nullptr);
  EVP_EncodeBlock(accept, digest, sizeof digest);
  send_all(fd,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Accept: "
               + std::string(accept, accept + 28) + "\r\n\r\n"
               + frame(R"({"event":"pusher:connection_established","data":"{)"
                       R"(\"socket_id\":\"1.1\",\"activity_timeout\":120}"})"));
}

// Handles one frame and returns its size, 0 if it is incomplete.
std::size_t take_frame(int fd, std::string_view bytes) {
  // Clients say nothing here that needs the longer forms of a length.
  const auto size = bytes.size() < 2 ? 6u : (bytes[1] & 0x7fu) + 6u;
  if (bytes.size() < size)
    return 0;
  if ((bytes[0] & 15) == 1) {
    static const auto answer =
        frame(R"({"event":"pusher_internal:subscription_succeeded",)"
              R"("channel":"bench","data":"{}"})");
    subscribers.push_back(fd);
    send_all(fd, answer);
  }
  if ((bytes[0] & 15) == 8)
    ::shutdown(fd, SHUT_WR);
  return size;
}

// Handles one request and returns its size, 0 if it is incomplete.
std::size_t take_request(int fd, peer& who, std::string_view bytes) {
  const auto blank = bytes.find("\r\n\r\n");
  if (blank == bytes.npos)
    return 0;
  who.is_websocket = bytes.starts_with("GET");
  if (who.is_websocket)
    return upgrade(fd, bytes), blank + 4;
  const auto length = std::stoul(between(bytes, "Content-Length: ", "\r\n"));
  if (bytes.size() < blank + 4 + length)
    return 0;
  const auto event = frame(R"({"event":"bench","channel":"bench","data":")"
                           + between(bytes, "\"data\":\"", "\"") + "\"}");
  for (const auto one : subscribers)
    send_all(one, event);
  send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  return blank + 4 + length;
}

// False when the connection has come to its end.
bool receive(int fd, peer& who) {
  static char buffer[64 * 1024];
  const auto got = ::recv(fd, buffer, sizeof buffer, 0);
  if (got <= 0)
    return false;
  who.in.append(buffer, static_cast<std::size_t>(got));
  for (std::size_t used = 1; used != 0; who.in.erase(0, used))
    used = who.is_websocket ? take_frame(fd, who.in)
                            : take_request(fd, who, who.in);
  return true;
}

} // namespace

// Usage: tidewire_floor [PORT]
int main(int argc, char** argv) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (argc > 1) // also after --port
    address.sin_port = htons(std::stoi(argv[argc - 1]) & 0xffff);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  const auto listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto epoll = ::epoll_create1(0);
  const int on = 1;
  if (::bind(listener, name, size) != 0 || ::listen(listener, 4096) != 0
      || ::getsockname(listener, name, &size) != 0)
    return std::perror("tidewire_floor"), 1;
  ::dprintf(1, "listening on ws://127.0.0.1:%d\n", ntohs(address.sin_port));
  epoll_event event{EPOLLIN, {.fd = listener}};
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::vector<peer> peers; // by descriptor
  for (epoll_event ready[64];;) {
    const auto count = ::epoll_wait(epoll, ready, 64, -1);
    for (int i = 0; i < count; ++i) {
      const auto fd = ready[i].data.fd;
      if (fd == listener) {
        event.data.fd = ::accept(listener, nullptr, nullptr);
        if (event.data.fd < 0)
          continue;
        const auto slot = static_cast<std::size_t>(event.data.fd);
        peers.resize(std::max(peers.size(), slot + 1));
        peers[slot] = {};
        ::setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
      } else if (!receive(fd, peers[static_cast<std::size_t>(fd)])) {
        std::erase(subscribers, fd);
        ::close(fd);
      }
    }
  }
}
