#include "actors/admin_access.hpp"

#include "tests/catch.hpp"

using namespace tidewire;

namespace {

const std::string token = "0123456789abcdef";

struct request : net::http_request {
  request(std::string_view m, std::string_view t) {
    method = m;
    target = t;
    host = "127.0.0.1:9601";
  }
  request& from(std::string_view page) {
    origin = page;
    return *this;
  }
  request& at(std::string_view name) {
    host = name;
    return *this;
  }
  request& with(std::string_view header) {
    authorization = header;
    return *this;
  }
};

// 200 stands for being let in.
unsigned status(const request& x, const std::string& known = token) {
  admin_access gate;
  gate.token_is({known, "/data/admin-token", "It cannot be written.", {}});
  auto no = gate.refuse(x);
  return no ? no->status : 200;
}

} // namespace

TEST_CASE("metrics, health, the gauge and the demo page are open") {
  for (auto* path : {"/", "/metrics", "/healthz", "/readyz", "/demo.json",
                     "/v1/gauge", "/v1/gauge?x=1", "/v1x"}) {
    INFO(path);
    CHECK(status({"GET", path}) == 200);
    CHECK(status({"HEAD", path}) == 200);
  }
  CHECK(status({"POST", "/demo/publish"}) == 200);
}

TEST_CASE("everything else below /v1 needs the token, to read and to write") {
  for (auto* path : {"/v1", "/v1/", "/v1/apps", "/v1/apps/7", "/v1/reload",
                     "/v1/webhooks/dead-letters", "/v1/gauge/x"})
    for (auto* method : {"GET", "HEAD", "POST", "PATCH", "DELETE", "PUT"}) {
      INFO(method << ' ' << path);
      CHECK(status({method, path}) == 401);
      CHECK(status(request{method, path}.with("Bearer " + token)) == 200);
    }
  CHECK(status({"POST", "/v1/gauge"}) == 401);
}

TEST_CASE("only the whole token is the token") {
  auto with = [](const std::string& header) {
    return status(request{"GET", "/v1/apps"}.with(header));
  };
  CHECK(with("bearer " + token) == 200);
  CHECK(with("Bearer   " + token) == 200);
  for (auto& header :
       {std::string{}, token, "Basic " + token, std::string{"Bearer"},
        std::string{"Bearer "}, "Bearer " + token + "x",
        "Bearer " + token.substr(1), "Bearer " + token + " "})
    CHECK(with(header) == 401);
}

TEST_CASE("who is not let in is told how to get in") {
  admin_access gate;
  gate.token_is({token, "/data/admin-token", {}, {}});
  auto no = gate.refuse(request{"POST", "/v1/apps"});
  REQUIRE(no);
  CHECK(no->body.find("/data/admin-token") != std::string::npos);
  CHECK(no->body.find("Authorization: Bearer") != std::string::npos);
  CHECK(no->body.find(token) == std::string::npos);
  CHECK(no->headers.find("WWW-Authenticate: Bearer") == 0);
  CHECK(no->content_type == "application/json");
}

TEST_CASE("without a token nobody is let in, and told why") {
  for (auto* header : {"", "Bearer", "Bearer ", "Bearer x"})
    CHECK(status(request{"POST", "/v1/apps"}.with(header), "") == 503);
  CHECK(status({"GET", "/metrics"}, "") == 200);
}

TEST_CASE("a page of another origin changes nothing, token or not") {
  auto bearer = "Bearer " + token;
  for (auto* page :
       {"http://evil.example", "null", "http://127.0.0.1:9602",
        "http://127.0.0.1:96011", "//127.0.0.1:9601x", "127.0.0.1"})
    for (auto* path : {"/v1/apps", "/demo/publish"}) {
      INFO(page << ' ' << path);
      CHECK(status(request{"POST", path}.from(page).with(bearer)) == 403);
    }
  CHECK(status(request{"POST", "/v1/apps"}
                   .from("http://127.0.0.1:9601")
                   .with(bearer))
        == 200);
  CHECK(status(request{"POST", "/demo/publish"}.from("http://127.0.0.1:9601"))
        == 200);
  CHECK(status(request{"POST", "/demo/publish"}
                   .at("LOCALHOST:9601")
                   .from("http://localhost:9601"))
        == 403); // browsers write names in lower case
}

TEST_CASE("a name that was given our address gets nothing without a token") {
  auto rebound = [](std::string_view path) {
    return request{"POST", path}
        .at("evil.example:9601")
        .from("http://evil.example:9601");
  };
  CHECK(status(rebound("/demo/publish")) == 403);
  CHECK(status(rebound("/v1/apps")) == 401);
  CHECK(status(rebound("/v1/apps").with("Bearer " + token)) == 200);
  for (auto* host : {"localhost:9601", "127.0.0.1", "[::1]:9601", "[::1]"}) {
    auto page = "http://" + std::string{host};
    INFO(host);
    CHECK(status(request{"POST", "/demo/publish"}.at(host).from(page)) == 200);
  }
}
