#include "tests/actors/support/hook_receiver.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidewire::testing {

namespace {

// The value of a header, as the client under test writes them.
std::string header(const std::string& head, const std::string& name) {
  auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos)
    return {};
  at += name.size() + 4;
  return head.substr(at, head.find("\r\n", at) - at);
}

} // namespace

hook_receiver::hook_receiver()
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(here);
  auto* address = reinterpret_cast<sockaddr*>(&here);
  if (::bind(listener_, address, size) != 0 || ::listen(listener_, 64) != 0
      || ::getsockname(listener_, address, &size) != 0)
    throw std::runtime_error("no port for webhooks");
  port_ = ntohs(here.sin_port);
  accepting_ = std::thread{[this] { accept(); }};
}

hook_receiver::~hook_receiver() {
  {
    std::lock_guard lock{guard_};
    over_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    for (auto descriptor : sockets_)
      ::shutdown(descriptor, SHUT_RDWR);
  }
  accepting_.join();
  for (auto& thread : threads_)
    thread.join();
  for (auto descriptor : sockets_)
    ::close(descriptor);
  ::close(listener_);
}

std::string hook_receiver::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/hook";
}

std::vector<std::string> hook_receiver::events() const {
  std::lock_guard lock{guard_};
  return events_;
}

void hook_receiver::accept() {
  for (;;) {
    auto descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0)
      return;
    std::lock_guard lock{guard_};
    sockets_.push_back(descriptor);
    if (over_)
      return;
    threads_.emplace_back([this, descriptor] { serve(descriptor); });
  }
}

void hook_receiver::serve(int descriptor) {
  std::string in;
  char bytes[4096];
  for (;;) {
    auto end = in.find("\r\n\r\n");
    auto body =
        end == std::string::npos
            ? 0
            : std::strtoul(header(in, "Content-Length").c_str(), nullptr, 10);
    if (end == std::string::npos || in.size() < end + 4 + body) {
      auto count = ::recv(descriptor, bytes, sizeof(bytes), 0);
      if (count <= 0)
        return;
      in.append(bytes, static_cast<std::size_t>(count));
      continue;
    }
    note(header(in, "X-Tidewire-Delivery"), in.substr(end + 4, body));
    in.erase(0, end + 4 + body);
    std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    if (::send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL) < 0)
      return;
  }
}

void hook_receiver::note(const std::string& id, const std::string& body) {
  std::lock_guard lock{guard_};
  if (std::find(ids_.begin(), ids_.end(), id) != ids_.end())
    return;
  ids_.push_back(id);
  auto parsed = boost::json::parse(body); // outlives the loop
  for (auto& event : parsed.at("events").as_array()) {
    auto text = [&](const char* field) {
      return std::string{event.at(field).as_string().c_str()};
    };
    auto name = text("name");
    auto what = name.starts_with("channel_") ? " " + name.substr(8)
                : name == "member_added"     ? " +" + text("user_id")
                : name == "member_removed"   ? " -" + text("user_id")
                                             : " " + name;
    events_.push_back(text("channel") + what);
  }
}

} // namespace tidewire::testing
