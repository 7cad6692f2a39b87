#include "net/url.hpp"

#include "tests/catch.hpp"

using namespace tidewire::net;

TEST_CASE("a URL falls into scheme, host, port and target") {
  CHECK(parse_url("http://a.example/hook?x=1#y")
        == url{false, "a.example", 80, "/hook?x=1", "a.example"});
  CHECK(parse_url("https://a.example")
        == url{true, "a.example", 443, "/", "a.example"});
  CHECK(parse_url("http://127.0.0.1:9999?q")
        == url{false, "127.0.0.1", 9999, "/?q", "127.0.0.1:9999"});
  CHECK(parse_url("https://[::1]:8443/a")
        == url{true, "::1", 8443, "/a", "[::1]:8443"});
  CHECK(parse_url("https://[::1]/") == url{true, "::1", 443, "/", "[::1]"});
}

TEST_CASE("what is no URL of a host is none") {
  for (auto* text : {"", "ftp://a", "http://", "http:///x", "http://:80",
                     "http://a:", "http://a:0", "http://a:65536", "http://a:8x",
                     "http://[::1", "http://[::1]x:80", "http://user:word@a/",
                     "a.example"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text));
  }
}
