// What an HTTP request and its answer look like to those who handle them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tidewire::net {

class http_session;

/// A complete request. The views live until the handler returns.
struct http_request {
  std::string_view method;
  std::string_view target; ///< path and query, as on the request line
  std::string_view body;
  std::string_view host;          ///< the Host header, or empty
  std::string_view origin;        ///< the Origin header, or empty
  std::string_view authorization; ///< the Authorization header, or empty
  std::string_view websocket_key; ///< Sec-WebSocket-Key of a valid upgrade
  std::string_view forwarded_for; ///< X-Forwarded-For of an upgrade, joined
  std::string_view websocket_extensions; ///< its offers, joined, or empty
  std::string_view accept; ///< the Accept header of any other, or empty
  std::string_view prefer; ///< the Prefer header of any other (RFC 7240)
  bool upgrade = false;    ///< a well-formed WebSocket handshake
  bool secure = false;     ///< it came through TLS

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view query() const {
    auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{}
                                          : target.substr(mark + 1);
  }
};

struct http_response {
  unsigned status = 200;
  std::string_view content_type = "application/json"; ///< a literal
  std::string body;
  std::string_view headers = {}; ///< more whole lines; must outlive `respond`
};

/// The place of one answer among those its session owes. Answering late, from
/// anywhere on the same reactor, keeps the order of the requests. May outlive
/// the socket; then the answer is dropped.
class http_exchange {
public:
  http_exchange(http_session& session, std::uint64_t number) noexcept;
  http_exchange(const http_exchange& other) noexcept;
  http_exchange(http_exchange&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)),
        number_(other.number_) {}
  http_exchange& operator=(http_exchange other) noexcept {
    std::swap(session_, other.session_);
    std::swap(number_, other.number_);
    return *this;
  }
  ~http_exchange();

  /// Answers, once; further calls do nothing.
  void respond(const http_response& what) const;

  /// Says that whoever sent the request is known: from now on its socket is
  /// not pending (`http_server::guard`).
  void vouch() const;

  /// Sends an interim answer (102) with one more header line, if nothing is
  /// owed before this one: how far it is. To be asked for (`prefer`).
  void processing(std::string_view header_line) const;

  /// A sentence that says what to fix, as text/plain.
  void respond_text(unsigned status, std::string sentence) const;

private:
  http_session* session_;
  std::uint64_t number_;
};

/// Whoever serves requests. Runs on the reactor's thread.
class http_handler {
public:
  virtual ~http_handler() = default;

  virtual void on_request(const http_exchange& exchange,
                          const http_request& request) = 0;

  /// A WebSocket handshake. The handler takes the socket over
  /// (`http_session::hand_over`), ends it (`finish_with`) or answers it
  /// (`refuse`).
  virtual void on_upgrade(http_session& session,
                          const http_request& request) = 0;

  /// A socket went away, or was sent away, before its first request was
  /// complete: never authenticated, never counted.
  virtual void on_abandoned(bool timed_out, bool malformed) = 0;

  /// A socket was closed as soon as it was accepted, because its address has
  /// as many pending ones as it may (`http_server::guard`).
  virtual void on_crowded() {}
};

} // namespace tidewire::net
