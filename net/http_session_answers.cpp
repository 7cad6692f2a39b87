// What an HTTP session writes: answers in the order of their requests.
#include "net/http_session.hpp"
#include "net/http_text.hpp"
#include "net/tls_stream.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace tidewire::net {

namespace {

constexpr std::int64_t linger_ns = 1'000'000'000;

} // namespace

void http_session::finish_with(std::string_view bytes) {
  first_ = false;
  closing_ = true;
  out_ += bytes;
  server_.host_.mark_dirty(*this);
}

void http_session::refuse(const http_response& what) {
  first_ = false;
  finish_with(render_response(what, false, true, server_.headers_));
}

bool http_session::unsent() const noexcept {
  return sent_ < out_.size() || (tls_ && tls_->owed() != 0);
}

void http_session::respond(std::uint64_t number, const http_response& what) {
  if (descriptor_ < 0 || number < next_)
    return;
  auto& slot = answers_[number - next_];
  if (slot.ready)
    return;
  slot.ready = true;
  slot.bytes = render_response(what, slot.head, slot.close, server_.headers_);
  while (!answers_.empty() && answers_.front().ready) {
    out_ += answers_.front().bytes;
    answers_.pop_front();
    ++next_;
  }
  server_.host_.mark_dirty(*this);
}

void http_session::processing(std::uint64_t number,
                              std::string_view header_line) {
  if (descriptor_ < 0 || number != next_ || answers_.front().ready)
    return;
  out_.append("HTTP/1.1 102 Processing\r\n")
      .append(header_line)
      .append("\r\n\r\n");
  server_.host_.mark_dirty(*this);
}

void http_session::on_flush() {
  while (unsent()) {
    auto count =
        send(descriptor_, tls_.get(), std::string_view{out_}.substr(sent_));
    if (count < 0) {
      if (errno == EINTR)
        continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        end();
        return;
      }
      blocked_ = true;
      update_interest();
      return;
    }
    sent_ += static_cast<std::size_t>(count);
  }
  out_.clear();
  sent_ = 0;
  blocked_ = false;
  if (closing_ && answers_.empty()) {
    if (tls_
        && tls_->say_goodbye(descriptor_) == tls_stream::outcome::blocked) {
      blocked_ = true; // comes back when the rest has been taken
      update_interest();
      return;
    }
    ::shutdown(descriptor_, SHUT_WR);
    lingering_ = true;
    in_.clear();
    arm(linger_ns);
    update_interest();
    return;
  }
  // Requests that were held back because too many answers were owed.
  if (!in_.empty() && !parsing_)
    consume({});
  else
    update_interest();
}

} // namespace tidewire::net
