// The webhooks of soketi's apps: whom, about what, and how many at once.
#include "tests/catch.hpp"
#include "tests/config/moving/moved.hpp"

using namespace tidewire::config;
using namespace tidewire::config::moving::test;

TEST_CASE("webhooks bring URL and events") {
  const auto all = from_json(R"({ "appManager.array.apps": [{ "webhooks": [
    { "url": "https://a.example/hook", "event_types": ["channel_occupied"] },
    { "lambda_function": "f", "event_types": ["member_added"] },
    { "url": "http://b.example", "headers": { "X-A": "1" },
      "event_types": ["client_event", "cache_mis"] } ] }] })");
  const auto hooks = first_app(all).webhooks;
  REQUIRE(hooks.size() == 2);
  CHECK(hooks[0].url == "https://a.example/hook");
  CHECK(hooks[0].events == std::vector<std::string>{"channel_occupied"});
  CHECK(hooks[1].url == "http://b.example");
  CHECK(hooks[1].events == std::vector<std::string>{"client_event"});
  const std::string name = "appManager.array.apps.0.webhooks";
  CHECK(all.fate_of(name + "[1]") == "ignored");
  CHECK(all.text_of(name + "[2].event_types")
        == "no event of webhooks: \"cache_mis\"; did you mean cache_miss?");
}

TEST_CASE("webhooks in a variable are JSON") {
  const auto all = from_variables(
      {{"SOKETI_DEFAULT_APP_WEBHOOKS",
        R"([{"url":"https://a.example","event_types":["member_added"]}])"}});
  REQUIRE(first_app(all).webhooks.size() == 1);
  CHECK(first_app(all).webhooks[0].url == "https://a.example");
  const auto wrong =
      from_variables({{"SOKETI_DEFAULT_APP_WEBHOOKS", "https://a.example"}});
  CHECK(wrong.fate_of("SOKETI_DEFAULT_APP_WEBHOOKS") == "unknown");
}

TEST_CASE("a filter of channels lets the same names through") {
  using names = std::vector<std::string>;
  const auto channels_of = [](const std::string& filter) {
    const auto all = from_json(R"({ "appManager.array.apps": [{ "webhooks": [{
      "url": "https://a.example", "event_types": ["member_added"],
      "filter": )" + filter + "}] }] }");
    return first_app(all).webhooks.at(0).channels;
  };
  CHECK(channels_of(R"({ "channel_name_starts_with": "beta-" })")
        == names{"beta-*"});
  CHECK(channels_of(R"({ "channel_name_ends_with": "-app" })")
        == names{"*-app"});
  CHECK(channels_of(R"({ "channel_name_starts_with": "beta-",
                         "channel_name_ends_with": "-app" })")
        == names{"beta-*-app", "beta-app"});
  CHECK(channels_of(R"({ "channel_name_starts_with": "aa",
                         "channel_name_ends_with": "aa" })")
        == names{"aa*aa", "aaa", "aa"});
  CHECK(channels_of("{}").empty());
  CHECK(channels_of(R"({ "channel_name_starts_with": null })").empty());
}

TEST_CASE("batches are those of every webhook, and last as long") {
  const std::string apps = R"("appManager.array.apps": [
    { "id": "1", "key": "a", "webhooks": [
      { "url": "http://a.example", "event_types": ["member_added"] },
      { "url": "http://b.example", "event_types": ["member_added"] }] },
    { "id": "2", "key": "b", "webhooks": [
      { "url": "http://c.example", "event_types": ["member_added"] }] }])";
  const auto on = from_json("{" + apps + R"(, "webhooks.batching.enabled": true,
                                    "webhooks.batching.duration": 1500 })");
  REQUIRE(on.to.ok());
  for (const auto& app : on.all().apps)
    for (const auto& hook : app.webhooks) {
      CHECK(hook.batch);
      CHECK(hook.batch_interval == std::chrono::milliseconds{1500});
    }
  const auto assumed =
      from_json("{" + apps + "}", {{"SOKETI_WEBHOOKS_BATCHING", "1"}});
  const auto& last = assumed.all().apps.at(1).webhooks.at(0);
  CHECK(last.batch_interval == std::chrono::milliseconds{50});
  const auto off = from_json("{" + apps + "}");
  CHECK_FALSE(off.all().apps.at(0).webhooks.at(0).batch);
}
