#include "bench/target.hpp"

#include "tests/catch.hpp"

using namespace tidewire::bench;

namespace {

target good(std::string_view url) {
  const auto parsed = parse_target(url);
  REQUIRE(std::holds_alternative<target>(parsed));
  return std::get<target>(parsed);
}

bool is_bad(std::string_view url) {
  return std::holds_alternative<bad_input>(parse_target(url));
}

} // namespace

TEST_CASE("a URL gives host, port and prefix") {
  const auto full = good("ws://example.org:8080/a/b/");
  CHECK(full.host == "example.org");
  CHECK(full.port == 8080);
  CHECK(full.prefix == "/a/b");
  CHECK(full.url() == "ws://example.org:8080/a/b");
  CHECK(good("127.0.0.1").port == 6001);
  CHECK(good("http://[::1]:7001").host == "::1");
  CHECK(good("ws://[::1]").authority() == "[::1]:6001");
}

TEST_CASE("a URL that cannot be meant is refused") {
  CHECK(is_bad("wss://example.org"));
  CHECK(is_bad("ftp://example.org"));
  CHECK(is_bad("ws://:6001"));
  CHECK(is_bad("ws://a:0"));
  CHECK(is_bad("ws://a:70000"));
  CHECK(is_bad("ws://a:60o1"));
  CHECK(is_bad("ws://[::1"));
}

TEST_CASE("sources are one address or a range") {
  const auto count = [](std::string_view text) -> std::size_t {
    const auto parsed = parse_sources(text);
    if (std::holds_alternative<bad_input>(parsed))
      return 0;
    return std::get<std::vector<socket_address>>(parsed).size();
  };
  CHECK(count("127.0.0.1") == 1);
  CHECK(count("127.0.0.1-127.0.0.8") == 8);
  CHECK(count("127.0.0.250-127.0.1.5") == 12);
  CHECK(count("255.255.255.255") == 1);
  CHECK(count("127.0.0.8-127.0.0.1") == 0);
  CHECK(count("127.0.0.1-8") == 0);
  CHECK(count("127.0.0.0-127.0.255.255") == 0);
  CHECK(count("localhost") == 0);
}
