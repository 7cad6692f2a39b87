// What the sessions of one port share, and the handle of one answer.
#include "net/http_session.hpp"
#include "net/tls_stream.hpp"

namespace tidewire::net {

// -- http_server --------------------------------------------------------------

http_server::~http_server() {
  close_all();
}

void http_server::accept(int descriptor, port_kind kind) {
  auto* session = new http_session(*this, descriptor, kind);
  sessions_.insert(session);
}

void http_server::drain() {
  draining_ = true;
  auto copy = sessions_;
  for (auto* session : copy)
    if (session->answers_.empty() && !session->unsent())
      session->end();
}

void http_server::close_all() {
  auto copy = sessions_;
  for (auto* session : copy)
    session->end();
}

// -- http_exchange ------------------------------------------------------------

http_exchange::http_exchange(http_session& session,
                             std::uint64_t number) noexcept
    : session_(&session), number_(number) {
  session_->ref();
}

http_exchange::http_exchange(const http_exchange& other) noexcept
    : session_(other.session_), number_(other.number_) {
  if (session_)
    session_->ref();
}

http_exchange::~http_exchange() {
  if (session_)
    session_->unref();
}

void http_exchange::respond(const http_response& what) const {
  session_->respond(number_, what);
}

void http_exchange::respond_text(unsigned status, std::string sentence) const {
  sentence += '\n';
  respond({status, "text/plain; charset=utf-8", std::move(sentence)});
}

} // namespace tidewire::net
