#include "bench/http_publisher.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace tidewire::bench {

http_publisher::http_publisher(loop& events, const socket_address& to,
                               publish_request request, std::uint8_t number,
                               nanos epoch)
    : events_(events),
      to_(to),
      request_(std::move(request)),
      epoch_(epoch),
      number_(number) {}

http_publisher::~http_publisher() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool http_publisher::open() {
  fd_ = ::socket(to_.storage.ss_family,
                 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0)
    return false;
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if ((::connect(fd_, to_.get(), to_.size) != 0 && errno != EINPROGRESS)
      || !events_.watch(fd_, *this)) {
    ::close(fd_);
    fd_ = -1;
    return false;
  }
  return true;
}

void http_publisher::publish(nanos due, std::time_t unix_time) {
  out_ += request_.render(
      {number_, sequence_++, static_cast<std::uint64_t>(due - epoch_)},
      unix_time);
  ++figures_.sent;
}

void http_publisher::flush() {
  if (fd_ < 0 || out_.empty())
    return;
  const auto sent = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
  if (sent >= 0)
    out_.erase(0, static_cast<std::size_t>(sent));
  else if (errno != EAGAIN && errno != ENOTCONN)
    fail(std::generic_category().message(errno));
}

void http_publisher::fail(const std::string& why) {
  ::close(fd_);
  fd_ = -1;
  if (outstanding() != 0 && figures_.first_refusal.empty())
    figures_.first_refusal = "the connection ended: " + why;
  figures_.unanswered += outstanding();
  out_.clear();
  in_.clear();
}

void http_publisher::on_ready(std::uint32_t events) {
  if (fd_ >= 0 && (events & ~EPOLLOUT) != 0)
    receive();
  if (fd_ >= 0 && (events & EPOLLOUT) != 0)
    flush();
}

void http_publisher::receive() {
  const auto buffer = events_.buffer();
  for (;;) {
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno == EAGAIN)
      return;
    if (got <= 0)
      return fail(got < 0 ? std::generic_category().message(errno)
                          : "closed by the server");
    in_.append(buffer.data(), static_cast<std::size_t>(got));
    take_answers();
    if (fd_ < 0)
      return;
  }
}

void http_publisher::take_answers() {
  std::size_t used = 0;
  for (;;) {
    http_answer answer;
    const auto rest = std::string_view(in_).substr(used);
    const auto status =
        rest.empty() ? answer_status::incomplete : read_answer(rest, answer);
    if (status == answer_status::broken)
      return fail("an answer without a length, or not HTTP");
    if (status == answer_status::incomplete)
      break;
    used += answer.size;
    if (answer.status == 200) {
      ++figures_.accepted;
      continue;
    }
    ++figures_.refused;
    if (figures_.first_refusal.empty())
      figures_.first_refusal = "status " + std::to_string(answer.status) + ": "
                               + std::string(answer.body.substr(0, 200));
  }
  in_.erase(0, used);
}

} // namespace tidewire::bench
