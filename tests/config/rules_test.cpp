#include "config/rules.hpp"

#include "config/settings.hpp"
#include "tests/catch.hpp"

#include <string>
#include <vector>

using namespace tidewire::config;

namespace {

using texts = std::vector<std::string>;

void check(bool (*rule)(std::string_view), const texts& good,
           const texts& bad) {
  for (const auto& text : good) {
    INFO(text);
    CHECK(rule(text));
  }
  for (const auto& text : bad) {
    INFO(text);
    CHECK_FALSE(rule(text));
  }
}

} // namespace

TEST_CASE("a host is an address or localhost, not a name") {
  check(is_host, {"0.0.0.0", "127.0.0.1", "::", "::1", "fe80::1", "localhost"},
        {"", "example.com", "256.0.0.1", "1.2.3", "[::1]", "127.0.0.1:80",
         " 127.0.0.1", std::string("127.0.0.1\0x", 11)});
}

TEST_CASE("loopback and wildcard addresses are recognised") {
  check(is_loopback, {"127.0.0.1", "127.8.8.8", "::1", "localhost"},
        {"0.0.0.0", "10.0.0.1", "::", "128.0.0.1", ""});
  check(is_any_address, {"0.0.0.0", "::"}, {"127.0.0.1", "::1", "localhost"});
}

TEST_CASE("an app id is a number or a word") {
  check(rules::is_app_id, {"1", "0", "12345678901234567890", "app-id", "a_b.c"},
        {"", "a b", " 1", "a/b", "a:b", "a%b", "ä", std::string(65, '1')});
}

TEST_CASE("a key can stand in a path and before a colon") {
  check(rules::is_key, {"app-key", "a", "278d425bdf160c739803", "A_b.c~d"},
        {"", "a b", "a/b", "a:b", "a%b", "ä", "a\n", std::string(201, 'a')});
}

TEST_CASE("a secret is visible ASCII") {
  check(rules::is_secret, {"7ad3773142a6692b25b8", "a:/+=!", "x"},
        {"", "a b", "a\t", "ä", "a\n", std::string(201, 'a')});
}

TEST_CASE("a path prefix begins with a slash and does not end with one") {
  check(rules::is_path_prefix, {"", "/ws", "/a/b.c", "/~x"},
        {"/", "ws", "/ws/", "//ws", "/a//b", "/a b", "/a?b", "/a%20"});
}

TEST_CASE("an origin is a scheme, host and port, or a host, or a pattern") {
  check(rules::is_origin,
        {"https://example.com", "http://localhost:3000", "http://[::1]:80",
         "capacitor://localhost", "chrome-extension://abc", "example.com",
         "localhost", "[::1]", "*.example.com", "*", "null"},
        {"", "*.", "https://", "://a", "https://example.com/",
         "https://Example.com", "https://*.example.com", "HTTPS://a",
         "https://a b", "example.com/", "localhost:3000", "Example.com", "**",
         "a.*", "a b"});
}

TEST_CASE("a network is an address, alone or with the bits that count") {
  check(rules::is_network,
        {"10.0.0.0/8", "127.0.0.1", "0.0.0.0/0", "192.0.2.1/32", "::/0",
         "fd00::/8", "2001:db8::1", "2001:db8:0:1::/64"},
        {"", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
         "10.0.0.0/8x", "fd00::1/8", "::/129", "example.com", "localhost",
         "10.0.0.0/8/8", " 10.0.0.0/8"});
}

TEST_CASE("a CORS origin is one origin, any or none") {
  check(rules::is_cors_origin,
        {"", "*", "https://example.com", "http://localhost:3000"},
        {"example.com", "https://example.com/", "*.example.com", "a b",
         "https://a, https://b"});
}

TEST_CASE("a webhook URL is http or https with a host") {
  check(rules::is_http_url,
        {"http://127.0.0.1:9999/hook", "https://example.com"},
        {"", "ftp://a", "http://", "http:///x", "https://:80", "a.example/x",
         "http://a b", "https://user:word@a.example/", "https://?x"});
}

TEST_CASE("a pattern of channels is a name with stars") {
  check(rules::is_channel_pattern,
        {"presence-*", "*", "news", "*-a*b", "#server-to-user-*", "a.b;c@d"},
        {"", "a b", "a?", "ä", "a#"});
}

TEST_CASE("a name is short and plain, or empty") {
  check(rules::is_name_or_empty, {"", "node-1", "a.b_c", std::string(64, 'a')},
        {"a b", "a/b", "ä", std::string(65, 'a')});
}

TEST_CASE("a webhook is told about every event that exists, by default") {
  const auto events = webhook{}.events;
  CHECK(texts(rules::webhook_events.begin(), rules::webhook_events.end())
        == events);
}
