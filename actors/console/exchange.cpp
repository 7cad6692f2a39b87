#include "actors/console/exchange.hpp"

#include "net/unix_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace tidewire::console {

namespace http = boost::beast::http;

namespace {

using parser = http::response_parser<http::string_body>;

struct descriptor {
  explicit descriptor(int n) : number(n) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number >= 0)
      ::close(number);
  }
  int number;
};

std::string reason(int error) {
  return std::generic_category().message(error);
}

timeval in_timeval(std::chrono::milliseconds time) {
  return {static_cast<time_t>(time.count() / 1000),
          static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

void limit_silence(int socket, std::chrono::milliseconds timeout) {
  auto limit = in_timeval(timeout);
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

// -1 and `errno`, or the sentence of the resolver.
int connect_tcp(const destination& to, std::chrono::milliseconds timeout,
                std::string& trouble) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (auto error = ::getaddrinfo(
          to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found)) {
    trouble = ::gai_strerror(error);
    return -1;
  }
  int out = -1;
  for (auto* at = found; at && out < 0; at = at->ai_next) {
    out = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0);
    if (out < 0)
      continue;
    limit_silence(out, std::min(timeout, std::chrono::milliseconds{5000}));
    if (::connect(out, at->ai_addr, at->ai_addrlen) != 0) {
      trouble = reason(errno == EINPROGRESS ? ETIMEDOUT : errno);
      ::close(std::exchange(out, -1));
    }
  }
  ::freeaddrinfo(found);
  return out;
}

std::string no_socket(const destination& to, int error) {
  auto tail = std::string{" ("} + to.why + "). ";
  if (error == ENAMETOOLONG)
    return net::unix_path_trouble(to.socket);
  if (error == EACCES || error == EPERM)
    return "The server's admin socket " + to.socket + " belongs to another user"
           + tail
           + "Run this as that user or root, or use --url with --token-file.";
  if (error == ECONNREFUSED)
    return "Nobody listens at " + to.socket + tail
           + "The server has ended; start it: tidewire serve";
  return "There is no running server at " + to.socket + tail
         + "Start one: tidewire serve; or say where it is: --config FILE, "
           "--data-dir DIR, or --url URL with --token-file FILE.";
}

std::string text_of(const destination& to, const outgoing& what) {
  std::string out{what.method};
  out += ' ' + what.target + " HTTP/1.1\r\nHost: ";
  if (!to.socket.empty())
    out += "localhost";
  else if (to.host.find(':') != std::string::npos)
    out += '[' + to.host + "]:" + std::to_string(to.port);
  else
    out += to.host + ':' + std::to_string(to.port);
  out += "\r\nAccept: " + what.accept + "\r\nConnection: close\r\n";
  if (what.progress)
    out += "Prefer: progress\r\n";
  if (!to.token.empty())
    out += "Authorization: Bearer " + to.token + "\r\n";
  if (what.method == "POST")
    out += "Content-Length: 0\r\n";
  return out += "\r\n";
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    auto count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string view_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

reply reply_of(parser& done) {
  auto& message = done.get();
  reply out;
  out.status = message.result_int();
  out.content_type = view_of(message[http::field::content_type]);
  auto exit = view_of(message["Tidewire-Exit"]);
  if (exit.size() == 1 && exit[0] >= '0' && exit[0] <= '9')
    out.exit_code = exit[0] - '0';
  else
    out.exit_code = out.status < 300 ? 0 : out.status == 400 ? 2 : 1;
  out.body = std::move(message.body());
  return out;
}

// Reads until the answer is whole; interim ones are reported on the way.
std::variant<reply, unreachable> receive(int socket, const outgoing& what) {
  std::string held;
  std::array<char, std::size_t{64} * 1024> buffer{};
  auto make = [] {
    auto out = std::make_unique<parser>();
    out->body_limit(boost::none);
    out->eager(true);
    return out;
  };
  auto now = make();
  for (;;) {
    boost::system::error_code error;
    while (!held.empty()) {
      auto used = now->put(boost::asio::buffer(held), error);
      held.erase(0, used);
      if (error && error != http::error::need_more)
        return unreachable{
            "What answers there does not speak HTTP: " + error.message() + '.'};
      if (now->is_done() && now->get().result_int() < 200) {
        if (what.progress)
          what.progress(view_of(now->get()["Tidewire-Progress"]));
        now = make();
        continue;
      }
      if (now->is_done())
        return reply_of(*now);
      if (error == http::error::need_more || used == 0)
        break;
    }
    auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return unreachable{
          errno == EAGAIN || errno == EWOULDBLOCK
              ? "The server does not answer in time; --timeout waits longer."
              : "The server was lost while it answered: " + reason(errno)
                    + '.'};
    if (count == 0)
      return unreachable{"The server closed without an answer; it may be "
                         "ending."};
    held.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

} // namespace

std::variant<reply, unreachable> send(const destination& to,
                                      const outgoing& what) {
  std::string trouble;
  descriptor socket{to.socket.empty() ? connect_tcp(to, what.timeout, trouble)
                                      : net::connect_unix(to.socket)};
  if (socket.number < 0)
    return unreachable{to.socket.empty()
                           ? "There is no server at " + to.host + " port "
                                 + std::to_string(to.port) + " (" + to.why
                                 + "): " + trouble
                                 + ". Start one: tidewire serve"
                           : no_socket(to, errno)};
  limit_silence(socket.number, what.timeout);
  if (!send_all(socket.number, text_of(to, what)))
    return unreachable{
        "The server was lost while it was asked: " + reason(errno) + '.'};
  return receive(socket.number, what);
}

} // namespace tidewire::console
