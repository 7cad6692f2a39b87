// How a session begins: its first byte says whether it speaks TLS.
#include "net/http_session.hpp"
#include "net/log.hpp"
#include "net/tls_stream.hpp"

#include <sys/socket.h>

namespace tidewire::net {

// The first byte is looked at before any is read, so that none has to be put
// back. A plain port need not: TLS there is no HTTP, which the parser finds.
// False if there is nothing to read for now.
bool http_session::begin() {
  char first = 0;
  if (kind_ != port_kind::plain) {
    auto count = ::recv(descriptor_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && would_block(errno))
      return false;
    if (count <= 0)
      return begun_ = true; // the end, which the read will find
  }
  begun_ = true;
  if (first == tls_first_byte) {
    tls_ = std::make_unique<tls_stream>(*server_.certificate_);
  } else if (kind_ == port_kind::tls) {
    server_.handler_.on_abandoned(false, true);
    refuse({400, "text/plain; charset=utf-8",
            "This port speaks TLS: connect with https:// or wss://.\n"});
    return false;
  }
  return true;
}

// A fatal handshake_failure, which every TLS client understands and reports,
// as it would not an answer in plain text.
void http_session::refuse_tls() {
  static constexpr std::string_view alert{"\x15\x03\x01\x00\x02\x02\x28", 7};
  server_.handler_.on_abandoned(false, true);
  finish_with(alert);
}

// The alert is on its way out already, if there is anything to be said.
void http_session::tls_failed() {
  log_debug("tls_failed", "a TLS connection was ended: {}",
            tls_->engine().problem());
  if (!first_) {
    tls_->flush(descriptor_);
    end();
    return;
  }
  if (!closing_)
    server_.handler_.on_abandoned(false, true);
  finish_with({});
}

} // namespace tidewire::net
