#include "net/ws_handshake.hpp"

#include <openssl/evp.h>

#include <cstddef>

namespace tidewire::net {

namespace {

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string text(4 * ((size + 2) / 3), '\0');
  // EVP_EncodeBlock also writes a terminating zero: the string has room.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes,
                  static_cast<int>(size));
  return text;
}

} // namespace

std::string ws_accept_key(std::string_view sec_websocket_key) {
  std::string input{sec_websocket_key};
  input += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(input.data(), input.size(), digest, &size, EVP_sha1(), nullptr)
      != 1)
    return {};
  return base64(digest, size);
}

std::string ws_client_key(const std::array<unsigned char, 16>& random) {
  return base64(random.data(), random.size());
}

std::string ws_client_request(std::string_view host, std::string_view target,
                              std::string_view key) {
  std::string request;
  request.reserve(160 + host.size() + target.size());
  request.append("GET ").append(target).append(" HTTP/1.1\r\nHost: ");
  request.append(host).append("\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: ");
  request.append(key).append("\r\n\r\n");
  return request;
}

} // namespace tidewire::net
