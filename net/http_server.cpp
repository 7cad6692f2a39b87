// What the sessions of one port share, and the handle of one answer.
#include "net/http_session.hpp"
#include "net/socket.hpp"
#include "net/tls_stream.hpp"

#include <unistd.h>

namespace tidewire::net {

// -- http_server --------------------------------------------------------------

http_server::~http_server() {
  close_all();
}

void http_server::accept(int descriptor, port_kind kind) {
  address_table::place pending = 0;
  if (auto limit = limits_.pending_per_address; pending_ && limit != 0)
    if (auto from = peer_of(descriptor); from && !trusted_->trusts(*from)) {
      auto place = pending_->enter(address_group(*from), limit);
      if (!place) {
        abort_on_close(descriptor); // nothing of it stays, not in the kernel
        ::close(descriptor);
        handler_.on_crowded();
        return;
      }
      pending = *place;
    }
  auto* session = new http_session(*this, descriptor, kind, pending);
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

void http_exchange::vouch() const {
  session_->settle();
}

void http_exchange::processing(std::string_view header_line) const {
  session_->processing(number_, header_line);
}

void http_exchange::respond_text(unsigned status, std::string sentence) const {
  sentence += '\n';
  respond({status, "text/plain; charset=utf-8", std::move(sentence)});
}

} // namespace tidewire::net
