#include "actors/webhook_requests.hpp"

#include "tests/catch.hpp"

using namespace tidewire;

namespace {

std::optional<webhook_request> parse(std::string_view method,
                                     std::string_view target) {
  net::http_request request;
  request.method = method;
  request.target = target;
  return parse_webhook_request(request);
}

unsigned status(std::string_view method, std::string_view target) {
  auto found = parse(method, target);
  auto* no = found ? std::get_if<net::http_response>(&*found) : nullptr;
  return no ? no->status : 0;
}

} // namespace

TEST_CASE("dead letters are listed, a hundred unless told") {
  auto x = parse("GET", "/v1/apps/12/webhooks/dead");
  REQUIRE((x && std::holds_alternative<list_dead_letters>(*x)));
  CHECK(std::get<list_dead_letters>(*x).app == "12");
  CHECK(std::get<list_dead_letters>(*x).limit == 100);
  x = parse("GET", "/v1/apps/12/webhooks/dead?limit=1000");
  CHECK(std::get<list_dead_letters>(*x).limit == 1000);
  CHECK(status("GET", "/v1/apps/12/webhooks/dead?limit=1001") == 400);
  CHECK(status("GET", "/v1/apps/12/webhooks/dead?limit=0") == 400);
  CHECK(status("GET", "/v1/apps/12/webhooks/dead?limit=x") == 400);
  CHECK(status("POST", "/v1/apps/12/webhooks/dead") == 405);
}

TEST_CASE("dead letters are replayed, all or one") {
  auto x = parse("POST", "/v1/apps/12/webhooks/replay");
  REQUIRE((x && std::holds_alternative<replay_dead_letters>(*x)));
  CHECK(std::get<replay_dead_letters>(*x).id.empty());
  x = parse("POST", "/v1/apps/12/webhooks/replay?id=12%2Fa%2Fmember_added%2F3");
  CHECK(std::get<replay_dead_letters>(*x).id == "12/a/member_added/3");
  CHECK(status("GET", "/v1/apps/12/webhooks/replay") == 405);
}

TEST_CASE("other paths are nothing of ours") {
  for (auto* path : {"/v1/apps", "/v1/apps/1", "/v1/apps//webhooks/dead",
                     "/v1/apps/1/2/webhooks/dead", "/v1/apps/webhooks/dead",
                     "/webhooks/dead", "/v1/apps/1/webhooks"}) {
    INFO(path);
    CHECK_FALSE(parse("GET", path));
  }
}
