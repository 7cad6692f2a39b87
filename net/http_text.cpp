#include "net/http_text.hpp"

#include "net/ws_handshake.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <ctime>

namespace tidewire::net {

namespace http = boost::beast::http;

namespace {

// The Date header, made once a second per thread (RFC 9110, 6.6.1).
std::string_view date_header() {
  thread_local std::time_t made = 0;
  thread_local std::array<char, 64> text{};
  auto now = std::time(nullptr);
  if (now != made) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::strftime(text.data(), text.size(),
                  "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    made = now;
  }
  return text.data();
}

} // namespace

std::string render_response(const http_response& what, bool head, bool close,
                            std::string_view headers) {
  auto reason = http::obsolete_reason(http::int_to_status(what.status));
  std::string out;
  out.reserve(192 + what.headers.size() + headers.size() + what.body.size());
  out += "HTTP/1.1 ";
  out += std::to_string(what.status);
  out += ' ';
  out.append(reason.data(), reason.size());
  out += "\r\n";
  out += date_header();
  if (what.status != 204) { // RFC 9110, 8.6
    out += "Content-Type: ";
    out += what.content_type;
    out += "\r\nContent-Length: ";
    out += std::to_string(what.body.size());
    out += "\r\n";
  }
  out += close ? "Connection: close\r\n" : "Connection: keep-alive\r\n";
  out += what.headers;
  out += headers;
  out += "\r\n";
  if (!head)
    out += what.body;
  return out;
}

bool valid_websocket_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==")
         && key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/")
                == 22;
}

std::string switching_protocols(std::string_view websocket_key,
                                std::string_view extensions) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\n"
                    "Upgrade: websocket\r\n"
                    "Connection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: ";
  out += ws_accept_key(websocket_key);
  if (!extensions.empty())
    out.append("\r\nSec-WebSocket-Extensions: ").append(extensions);
  out += "\r\n\r\n";
  return out;
}

} // namespace tidewire::net
