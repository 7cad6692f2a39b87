// RFC 6455 §4: opening.
#include "net/ws_handshake.hpp"

#include "tests/catch.hpp"

using namespace tidewire::net;

TEST_CASE("the accept key is that of the example in RFC 6455") {
  CHECK(ws_accept_key("dGhlIHNhbXBsZSBub25jZQ==")
        == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a client key is 16 bytes in base64") {
  std::array<unsigned char, 16> random{};
  CHECK(ws_client_key(random) == "AAAAAAAAAAAAAAAAAAAAAA==");
  const std::string_view nonce = "the sample nonce"; // of RFC 6455 §1.3
  std::copy(nonce.begin(), nonce.end(), random.begin());
  CHECK(ws_client_key(random) == "dGhlIHNhbXBsZSBub25jZQ==");
}

TEST_CASE("a client's request asks for a WebSocket") {
  CHECK(ws_client_request("localhost:8080", "/app/key?protocol=7", "thekey==")
        == "GET /app/key?protocol=7 HTTP/1.1\r\n"
           "Host: localhost:8080\r\n"
           "Upgrade: websocket\r\n"
           "Connection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: thekey==\r\n"
           "\r\n");
}
