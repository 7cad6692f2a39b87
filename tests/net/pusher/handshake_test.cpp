#include "net/pusher/handshake.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

namespace {

// 0 for a handshake that is accepted.
int code_of(std::string_view target, std::string_view prefix = {}) {
  auto result = parse_handshake(target, prefix);
  auto refused = as<rejected>(result);
  return refused ? to_number(refused->code) : 0;
}

} // namespace

TEST_CASE("the handshake of pusher-js is accepted") {
  auto result = parse_handshake(
      "/app/app-key?protocol=7&client=js&version=8.6.0&flash=false");
  auto hello = as<accepted>(result);
  REQUIRE(hello);
  CHECK(hello->key == "app-key");
  CHECK(hello->protocol == 7);
  CHECK(hello->client == "js");
  CHECK(hello->version == "8.6.0");
}

TEST_CASE("protocols 4 to 7 are accepted, others are 4007") {
  for (auto protocol : {"4", "5", "6", "7", "07"})
    CHECK(code_of(std::string{"/app/k?protocol="} + protocol) == 0);
  for (auto protocol : {"0", "1", "3", "8", "70", "99999999999999999999"})
    CHECK(code_of(std::string{"/app/k?protocol="} + protocol) == 4007);
}

TEST_CASE("no protocol is 4008") {
  for (auto target :
       {"/app/k", "/app/k?", "/app/k?protocol=", "/app/k?client=js"})
    CHECK(code_of(target) == 4008);
}

TEST_CASE("a protocol that is no number is 4006") {
  for (auto protocol : {"seven", "7.0", "-7", "%2B7", "+7", "7a", "0x7", "%00"})
    CHECK(code_of(std::string{"/app/k?protocol="} + protocol) == 4006);
}

TEST_CASE("versions as client libraries write them are accepted") {
  for (auto version : {"", "8.6.0", "8.4.0-rc2", "2.2", "10", "v1.2",
                       "1.0.0%2Bbuild.5", "1.0.0+build", "4.4_pre"})
    CHECK(code_of(std::string{"/app/k?protocol=7&version="} + version) == 0);
  for (auto version : {"latest", "%22what%3F", "1.0%0A", "v", "-1", "1/2"})
    CHECK(code_of(std::string{"/app/k?protocol=7&version="} + version) == 4006);
}

TEST_CASE("every other path is 4005") {
  for (auto path : {"", "/", "/app", "/app/", "/apps/k", "/app/k/", "/app/k/x",
                    "/App/k", "app/k", "//app/k", "/x/app/k"})
    CHECK(code_of(std::string{path} + "?protocol=7") == 4005);
}

TEST_CASE("a path prefix may be in front and need not be") {
  CHECK(code_of("/ws/app/k?protocol=7", "/ws") == 0);
  CHECK(code_of("/ws/app/k?protocol=7", "/ws/") == 0);
  CHECK(code_of("/app/k?protocol=7", "/ws") == 0);
  CHECK(code_of("/a/b/app/k?protocol=7", "/a/b") == 0);
  CHECK(code_of("/wsx/app/k?protocol=7", "/ws") == 4005);
  CHECK(code_of("/wsapp/k?protocol=7", "/ws") == 4005);
  CHECK(code_of("/ws/app/k?protocol=7") == 4005);
  CHECK(code_of("/app/k?protocol=7", "/") == 0);
}

TEST_CASE("a key is decoded, and a slash inside it is none of the path") {
  auto result = parse_handshake("/app/a%2Fb%00?protocol=7");
  auto hello = as<accepted>(result);
  REQUIRE(hello);
  CHECK(hello->key == std::string("a/b\0", 4));
}

TEST_CASE("a refusal carries the sentence of the table") {
  auto result = parse_handshake("/app/k");
  auto refused = as<rejected>(result);
  REQUIRE(refused);
  CHECK(refused->message == info_of(close_code::no_protocol).reason);
}
