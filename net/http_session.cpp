#include "net/http_session.hpp"

#include "net/http_text.hpp"
#include "net/log.hpp"
#include "net/socket.hpp"
#include "net/tls_stream.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <array>
#include <cerrno>

#include <sys/epoll.h>

namespace tidewire::net {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t max_unsent = std::size_t{1024} * 1024;

// Read by one session at a time: a reactor is one thread.
thread_local std::array<char, std::size_t{64} * 1024> shared_buffer;

// A TLS record of a handshake that holds a ClientHello (RFC 8446 §5.1, §4).
bool is_client_hello(std::string_view bytes) {
  return bytes.size() > 5 && bytes[0] == 0x16 && bytes[1] == 3 && bytes[5] == 1;
}

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// Several headers of one name are one list (RFC 9110 §5.3).
template <class Range>
std::string as_one_list(Range lines) {
  std::string out;
  for (auto [at, end] = lines; at != end; ++at)
    out.append(out.empty() ? "" : ",").append(view(at->value()));
  return out;
}

} // namespace

struct http_session::parser : http::request_parser<http::string_body> {
  bool continued = false; // "100 Continue" was sent
};

// -- life ---------------------------------------------------------------------

http_session::deadline::deadline(http_session& s)
    : timer([](timer& t) { static_cast<deadline&>(t).owner.on_timer(); }),
      owner(s) {}

http_session::http_session(http_server& server, int descriptor, port_kind kind,
                           address_table::place pending)
    : server_(server), pending_(pending), kind_(kind), deadline_(*this) {
  interest_ = EPOLLIN;
  server_.host_.watch(*this, descriptor, interest_);
  arm(server_.limits_.request_timeout_ns);
}

http_session::~http_session() = default;

void http_session::end() {
  if (server_.sessions_.erase(this) == 0)
    return;
  settle();
  deadline_.cancel();
  // Not after half an answer, which has to look like what it is.
  if (tls_ && !lingering_ && answers_.empty() && sent_ == out_.size())
    tls_->say_goodbye(descriptor_);
  server_.host_.close(*this);
  server_.host_.release_later(*this);
}

void http_session::settle() noexcept {
  if (pending_ != 0)
    server_.pending_->leave(std::exchange(pending_, 0));
}

void http_session::arm(std::int64_t delay_ns) {
  auto& host = server_.host_;
  host.wheel().arm(deadline_, host.now() + delay_ns);
}

void http_session::on_timer() {
  if (!lingering_ && !answers_.empty() && answers_.size() < max_owed
      && in_.empty()) {
    arm(server_.limits_.idle_timeout_ns); // it waits for us, not we for it
    return;
  }
  if (first_ && !closing_) {
    server_.handler_.on_abandoned(true, false);
    first_ = false;
  }
  end();
}

void http_session::on_failure(const char* what) noexcept {
  log_error("http_session_failed", "an HTTP session failed: {}", what);
  end();
}

http_session::handed_over http_session::hand_over(pollable& to) {
  first_ = false;
  settle();
  deadline_.cancel();
  server_.sessions_.erase(this);
  server_.host_.hand_to(*this, to, EPOLLIN);
  server_.host_.release_later(*this);
  return {std::exchange(in_, {}), std::move(tls_)};
}

void http_session::hold() noexcept {
  held_ = true;
  ref();
}

held_handshake::~held_handshake() {
  if (!session_)
    return;
  if (session_->held())
    session_->end();
  session_->unref();
}

http_session* held_handshake::answer() noexcept {
  if (!session_ || !session_->held())
    return nullptr;
  session_->held_ = false;
  return session_;
}

// -- in -----------------------------------------------------------------------

bool http_session::reading() const noexcept {
  return lingering_
         || (!closing_ && !held_ && answers_.size() < max_owed
             && out_.size() < max_unsent);
}

void http_session::update_interest() {
  if (descriptor_ < 0)
    return;
  std::uint32_t wanted =
      (reading() ? EPOLLIN : 0u) | (blocked_ ? EPOLLOUT : 0u);
  if (wanted != interest_)
    server_.host_.rewatch(*this, interest_ = wanted);
}

void http_session::on_ready(std::uint32_t events) {
  if (events & EPOLLOUT)
    on_flush();
  if (descriptor_ < 0)
    return;
  // A socket is not read behind the end of TLS: its own end shows here.
  if ((events & (EPOLLHUP | EPOLLERR)) && tls_ && tls_->ended())
    end();
  else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
    read();
}

void http_session::read() {
  if (!begun_ && !begin())
    return;
  // Who is only waited for need not be understood.
  auto* tls = lingering_ ? nullptr : tls_.get();
  auto count = receive(descriptor_, tls, shared_buffer);
  auto error = count < 0 ? errno : 0;
  if (tls && tls->owed() != 0)
    server_.host_.mark_dirty(*this);
  if (count < 0 && would_block(error))
    return;
  if (count < 0 && error == EPROTO && tls) {
    tls_failed();
    return;
  }
  if (count > 0 && lingering_)
    return;
  if (count > 0) {
    consume({shared_buffer.data(), static_cast<std::size_t>(count)});
    if (descriptor_ < 0 || lingering_ || !tls_ || !tls_->ended())
      return;
  }
  // A client may half-close after its last request and still read answers.
  if (count >= 0 && !lingering_ && (!answers_.empty() || unsent())) {
    closing_ = true;
    update_interest();
    return;
  }
  if (first_ && !closing_)
    server_.handler_.on_abandoned(false, false);
  end();
}

void http_session::consume(std::string_view bytes) {
  ref(); // a handler may end this session
  if (!in_.empty()) {
    in_ += bytes;
    bytes = {};
  }
  parsing_ = true;
  while (descriptor_ >= 0 && reading() && !lingering_) {
    auto held = bytes.empty();
    auto rest = held ? std::string_view{in_} : bytes;
    if (rest.empty())
      break;
    auto used = parse(rest);
    if (held)
      in_.erase(0, used);
    else
      bytes.remove_prefix(used);
    if (used == 0)
      break;
    if (parser_ && parser_->is_done()) {
      // What follows belongs to whoever takes the socket over.
      in_ += std::exchange(bytes, {});
      dispatch();
    }
  }
  parsing_ = false;
  if (descriptor_ >= 0) {
    in_ += bytes;
    update_interest();
  }
  unref();
}

std::size_t http_session::parse(std::string_view bytes) {
  if (!parser_ && first_ && !tls_ && is_client_hello(bytes)) {
    refuse_tls();
    return 0;
  }
  if (!parser_) {
    parser_ = std::make_unique<parser>();
    parser_->header_limit(server_.limits_.max_header);
    parser_->body_limit(server_.limits_.max_body);
    parser_->eager(true);
    // The first request's time runs since the socket came, a TLS handshake
    // included.
    if (!first_)
      arm(server_.limits_.request_timeout_ns);
  }
  boost::system::error_code error;
  auto used = parser_->put({bytes.data(), bytes.size()}, error);
  if (error && error != http::error::need_more) {
    if (error == http::error::header_limit)
      fail(431, "The request header is larger than this server takes ("
                    + std::to_string(server_.limits_.max_header) + " bytes).");
    else if (error == http::error::body_limit)
      fail(413, "The request body is larger than this server takes ("
                    + std::to_string(server_.limits_.max_body) + " bytes).");
    else
      fail(400, "This is not HTTP as this server understands it: "
                    + error.message() + ".");
    return 0;
  }
  if (parser_->is_header_done() && !parser_->is_done() && !parser_->continued
      && http::token_list{parser_->get()[http::field::expect]}.exists(
          "100-continue")) {
    parser_->continued = true;
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    server_.host_.mark_dirty(*this);
  }
  return used;
}

void http_session::fail(unsigned status, std::string sentence) {
  if (first_)
    server_.handler_.on_abandoned(false, true);
  first_ = false;
  parser_.reset();
  in_.clear();
  answers_.push_back({});
  auto number = next_ + answers_.size() - 1;
  answers_.back().close = true;
  sentence += '\n';
  respond(number, {status, "text/plain; charset=utf-8", std::move(sentence)});
  closing_ = true;
}

void http_session::dispatch() {
  auto done = std::exchange(parser_, nullptr);
  auto& message = done->get();
  http_request request{view(message.method_string()),
                       view(message.target()),
                       message.body(),
                       view(message[http::field::host]),
                       view(message[http::field::origin]),
                       view(message[http::field::authorization]),
                       {},
                       {},
                       {},
                       view(message[http::field::accept]),
                       view(message[http::field::prefer]),
                       false,
                       tls_ != nullptr};
  arm(server_.limits_.idle_timeout_ns);
  if (message.version() >= 11 && message.count(http::field::host) != 1) {
    fail(400, "A request of HTTP/1.1 has exactly one Host header.");
    return;
  }
  if (boost::beast::websocket::is_upgrade(message) && answers_.empty()) {
    request.websocket_key = view(message[http::field::sec_websocket_key]);
    auto offers =
        as_one_list(message.equal_range(http::field::sec_websocket_extensions));
    request.websocket_extensions = offers;
    request.upgrade = true;
    auto forwarded = as_one_list(message.equal_range("X-Forwarded-For"));
    request.forwarded_for = forwarded;
    if (message[http::field::sec_websocket_version] != "13") {
      server_.handler_.on_abandoned(false, true);
      refuse({426, "text/plain", "This server speaks WebSocket version 13.\n",
              "Sec-WebSocket-Version: 13\r\n"});
    } else if (!valid_websocket_key(request.websocket_key)) {
      server_.handler_.on_abandoned(false, true);
      refuse({400, "text/plain",
              "Sec-WebSocket-Key must be 16 bytes in base64.\n"});
    } else {
      server_.handler_.on_upgrade(*this, request);
    }
    return;
  }
  first_ = false;
  answers_.push_back({});
  answers_.back().head = message.method() == http::verb::head;
  answers_.back().close = !message.keep_alive() || server_.draining_;
  if (answers_.back().close)
    closing_ = true;
  http_exchange exchange(*this, next_ + answers_.size() - 1);
  server_.handler_.on_request(exchange, request);
}

} // namespace tidewire::net
