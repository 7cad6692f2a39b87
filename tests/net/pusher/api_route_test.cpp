#include "net/pusher/api_route.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

namespace {

route found(std::string_view method, std::string_view path,
            std::string_view query = {}) {
  auto result = parse_route(method, path, query);
  auto wrong = as<api_error>(result);
  INFO((wrong ? wrong->message : "a route"));
  REQUIRE_FALSE(wrong);
  return *as<route>(result);
}

api_error refused(std::string_view method, std::string_view path,
                  std::string_view query = {}) {
  auto result = parse_route(method, path, query);
  auto wrong = as<api_error>(result);
  REQUIRE(wrong);
  CHECK(wrong->message.size() > 10);
  return *wrong;
}

int check(const route& wanted, bool counts = false) {
  auto wrong = check_route(wanted, 164, counts);
  return wrong ? wrong->status : 0;
}

} // namespace

TEST_CASE("every endpoint is found, with its app") {
  auto r = found("POST", "/apps/3/events");
  CHECK(r.app_id == "3");
  CHECK(as<events_route>(r.endpoint));
  CHECK(as<batch_events_route>(found("POST", "/apps/3/batch_events").endpoint));
  CHECK(as<channels_route>(found("GET", "/apps/3/channels").endpoint));
  r = found("GET", "/apps/42/channels/presence-a");
  CHECK(r.app_id == "42");
  REQUIRE(as<channel_route>(r.endpoint));
  CHECK(as<channel_route>(r.endpoint)->name == "presence-a");
  r = found("GET", "/apps/3/channels/presence-a/users");
  REQUIRE(as<channel_users_route>(r.endpoint));
  CHECK(as<channel_users_route>(r.endpoint)->name == "presence-a");
}

TEST_CASE("deprecated endpoints are found, and Reverb's count of connections") {
  auto r = found("GET", "/apps/3/channels/presence-a/stats");
  REQUIRE(as<channel_stats_route>(r.endpoint));
  CHECK(as<channel_stats_route>(r.endpoint)->name == "presence-a");
  r = found("POST", "/apps/3/channels/a%3Bb/events", "name=x");
  REQUIRE(as<channel_events_route>(r.endpoint));
  CHECK(as<channel_events_route>(r.endpoint)->name == "a;b");
  CHECK(as<connections_route>(found("GET", "/apps/3/connections").endpoint));
  CHECK(check(found("GET", "/apps/3/channels/a%20b/stats")) == 400);
  CHECK(check(found("POST", "/apps/3/channels/a%20b/events")) == 400);
  CHECK(check(found("GET", "/apps/3/channels/a/stats")) == 0);
  CHECK(check(found("GET", "/apps/3/connections")) == 0);
}

TEST_CASE("HEAD asks where GET does") {
  CHECK(as<channels_route>(found("HEAD", "/apps/3/channels").endpoint));
  CHECK(as<channel_route>(found("HEAD", "/apps/3/channels/a").endpoint));
  CHECK(as<connections_route>(found("HEAD", "/apps/3/connections").endpoint));
}

TEST_CASE("the answer to an unknown path names the known ones") {
  auto no = refused("GET", "/apps/3/nonsense").message;
  for (auto known :
       {"POST /apps/{id}/events", "POST /apps/{id}/batch_events",
        "GET /apps/{id}/channels,", "GET /apps/{id}/channels/{name}/users",
        "POST /apps/{id}/channels/{name}/events", "GET /apps/{id}/connections"})
    CHECK(no.find(known) != std::string::npos);
}

TEST_CASE("a user's connections are ended by one route") {
  auto r = found("POST", "/apps/3/users/a%40b/terminate_connections");
  REQUIRE(as<terminate_route>(r.endpoint));
  CHECK(as<terminate_route>(r.endpoint)->user_id == "a@b");
  CHECK(check(r) == 0);
  for (auto path :
       {"/apps/3/users", "/apps/3/users/", "/apps/3/users/a",
        "/apps/3/users//terminate_connections",
        "/apps/3/users/a/terminate_connections/", "/apps/3/users/a/terminate"})
    CHECK(refused("POST", path).status == 404);
  CHECK(refused("GET", "/apps/3/users/a/terminate_connections").status == 405);
  std::string id(200, 'x');
  auto tail = "/terminate_connections";
  CHECK(check(found("POST", "/apps/3/users/" + id + tail)) == 0);
  CHECK(check(found("POST", "/apps/3/users/" + id + "x" + tail)) == 400);
  CHECK(check(found("POST", std::string{"/apps/3/users/a%20b"} + tail)) == 400);
}

TEST_CASE("the query of channels tells filter and info") {
  auto r = found("GET", "/apps/3/channels",
                 "filter_by_prefix=presence-%C3%A9&info=user_count&auth_key=x");
  auto list = as<channels_route>(r.endpoint);
  REQUIRE(list);
  CHECK(list->prefix == "presence-\u00e9");
  CHECK(list->info == info_set{true, false, false});
  r = found("GET", "/apps/3/channels/a",
            "INFO=user_count%2Csubscription_count");
  REQUIRE(as<channel_route>(r.endpoint));
  CHECK(as<channel_route>(r.endpoint)->info == info_set{true, true, false});
  CHECK(refused("GET", "/apps/3/channels", "info=nonsense").status == 400);
  CHECK(refused("GET", "/apps/3/channels/a", "info=nonsense").status == 400);
}

TEST_CASE("names in a path are decoded, slashes in them do not split") {
  auto r = found("GET", "/apps/3/channels/presence-a%40b%3Dc/users");
  CHECK(as<channel_users_route>(r.endpoint)->name == "presence-a@b=c");
  r = found("GET", "/apps/3/channels/a%2Fusers");
  CHECK(as<channel_route>(r.endpoint)->name == "a/users");
  CHECK(check(r) == 400);
}

TEST_CASE("every other path is 404") {
  for (auto path : {"",
                    "/",
                    "/apps",
                    "/apps/",
                    "/apps/3",
                    "/apps/3/",
                    "/apps//events",
                    "/apps/3/event",
                    "/apps/3/events/",
                    "/apps/3/events/x",
                    "/apps/3/batch_events/1",
                    "/apps/3/channels/",
                    "/apps/3/channels//users",
                    "/apps/3/channels/a/",
                    "/apps/3/channels/a/user",
                    "/apps/3/channels/a/users/",
                    "/apps/3/channels/a/users/1",
                    "/apps/3/channels/a/stats/",
                    "/apps/3/channels//stats",
                    "/apps/3/channels//events",
                    "/apps/3/connections/1",
                    "/apps/3/*",
                    "/apps/3/channels/*/x",
                    "/Apps/3/events",
                    "apps/3/events",
                    "//apps/3/events",
                    "/x/apps/3/events"}) {
    CAPTURE(path);
    CHECK(refused("GET", path).status == 404);
    CHECK(refused("POST", path).status == 404);
  }
}

TEST_CASE("a method that an endpoint does not know is 405") {
  for (auto path : {"/apps/3/events", "/apps/3/batch_events"})
    for (auto method : {"GET", "PUT", "HEAD", "post", ""}) {
      auto wrong = refused(method, path);
      CHECK(wrong.status == 405);
      CHECK(wrong.allow == "POST, OPTIONS");
    }
  for (auto path : {"/apps/3/channels", "/apps/3/channels/a",
                    "/apps/3/channels/presence-a/users"}) {
    auto wrong = refused("POST", path);
    CHECK(wrong.status == 405);
    CHECK(wrong.allow == "GET, HEAD, OPTIONS");
  }
}

TEST_CASE("what an endpoint is asked for must fit the channel") {
  CHECK(check(found("POST", "/apps/3/events")) == 0);
  CHECK(check(found("POST", "/apps/3/batch_events")) == 0);
  CHECK(check(found("GET", "/apps/3/channels")) == 0);
  CHECK(check(found("GET", "/apps/3/channels", "info=user_count")) == 400);
  CHECK(check(found("GET", "/apps/3/channels",
                    "info=user_count&filter_by_prefix=presence-"))
        == 0);
  CHECK(check(found("GET", "/apps/3/channels/a")) == 0);
  CHECK(check(found("GET", "/apps/3/channels/a", "info=user_count")) == 400);
  CHECK(check(found("GET", "/apps/3/channels/presence-a", "info=user_count"))
        == 0);
  CHECK(check(found("GET", "/apps/3/channels/a", "info=subscription_count"))
        == 400);
  CHECK(
      check(found("GET", "/apps/3/channels/a", "info=subscription_count"), true)
      == 0);
  CHECK(check(found("GET", "/apps/3/channels/cache-a", "info=cache")) == 0);
  CHECK(check(found("GET", "/apps/3/channels/a", "info=cache")) == 400);
  CHECK(check(found("GET", "/apps/3/channels/presence-a/users")) == 0);
  CHECK(check(found("GET", "/apps/3/channels/private-a/users")) == 400);
}

TEST_CASE("a path with a bad channel name is 400") {
  CHECK(check(found("GET", "/apps/3/channels/a%20b")) == 400);
  CHECK(check(found("GET", "/apps/3/channels/%23x/users")) == 400);
  CHECK(check(found("GET", joined("/apps/3/channels/", std::string(164, 'a'))))
        == 0);
  CHECK(check(found("GET", joined("/apps/3/channels/", std::string(165, 'a'))))
        == 400);
}
