#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;
using namespace std::chrono_literals;

TEST_CASE("without anything the defaults stand") {
  const auto loaded = load({});
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings == settings{});
  CHECK(loaded.origins.empty());
}

TEST_CASE("the defaults are those of the contract") {
  const auto defaults = load({}).settings;
  CHECK(defaults.server.port == 6001);
  CHECK(defaults.admin.host == "127.0.0.1");
  CHECK(defaults.admin.port == 9601);
  CHECK(defaults.data_dir == "./tidewire-data");
  CHECK(defaults.limits.activity_timeout == 120s);
  CHECK(defaults.limits.pong_timeout == 30s);
  CHECK(defaults.limits.channel_name == 164);
  CHECK(defaults.limits.event_data == 10'240);
  REQUIRE(defaults.apps.size() == 1);
  const auto& demo = defaults.apps[0];
  CHECK(demo.id == "1");
  REQUIRE(demo.keys.size() == 1);
  CHECK(demo.keys[0].key == "app-key");
  CHECK(demo.keys[0].secret == "app-secret");
  CHECK(demo.enabled);
  CHECK(demo.client_events);
  CHECK(demo.client_events_per_second == 10);
  CHECK(demo.user_authentication);
  CHECK(demo.watchlist);
  CHECK_FALSE(demo.subscription_counts);
  CHECK_FALSE(demo.authorized_only);
  CHECK(demo.max_connections == 0);
}

TEST_CASE("a file wins over defaults, variables over it, flags over all") {
  const auto* file = "[limits]\npong_timeout = \"1s\"\n"
                     "activity_timeout = \"1s\"\nhandshake_timeout = \"1s\"\n";
  const environment variables{{"TIDEWIRE_LIMITS__PONG_TIMEOUT", "2s"},
                              {"TIDEWIRE_LIMITS__ACTIVITY_TIMEOUT", "2s"}};
  const std::vector<flag_value> flags{{"--set", "limits.pong_timeout=3s"}};
  const auto loaded = load_text(file, {variables, flags});
  CHECK(lines(loaded).empty());
  const auto& limits = loaded.settings.limits;
  CHECK(limits.pong_timeout == 3s);
  CHECK(limits.activity_timeout == 2s);
  CHECK(limits.handshake_timeout == 1s);
  CHECK(limits.timestamp_skew == settings{}.limits.timestamp_skew);
}

TEST_CASE("a later flag wins over an earlier one") {
  CHECK(load_without_file({{}, {{"--port", "1"}, {"--set", "server.port=2"}}})
            .settings.server.port
        == 2);
  CHECK(load_without_file({{}, {{"--set", "server.port=2"}, {"--port", "1"}}})
            .settings.server.port
        == 1);
}

TEST_CASE("every type can be set by every source") {
  const auto* file = "data_dir = \"d\"\n[server]\nport = 7\nbacklog = 8\n"
                     "[limits]\nmax_message = \"32KiB\"\npresence_user = 512\n"
                     "pong_timeout = \"5s\"\n"
                     "[[apps]]\nenabled = false\n"
                     "origins = [\"https://a.example\", \"http://b:1\"]\n";
  const environment variables{
      {"TIDEWIRE_DATA_DIR", "d"},
      {"TIDEWIRE_SERVER__PORT", "7"},
      {"TIDEWIRE_SERVER__BACKLOG", "8"},
      {"TIDEWIRE_LIMITS__MAX_MESSAGE", "32KiB"},
      {"TIDEWIRE_LIMITS__PRESENCE_USER", "512"},
      {"TIDEWIRE_LIMITS__PONG_TIMEOUT", "5s"},
      {"TIDEWIRE_APPS__0__ENABLED", "false"},
      {"TIDEWIRE_APPS__0__ORIGINS", "https://a.example, http://b:1"}};
  const std::vector<flag_value> flags{
      {"--data-dir", "d"},
      {"--port", "7"},
      {"--set", "server.backlog=8"},
      {"--set", "limits.max_message=32KiB"},
      {"--set", "limits.presence_user=512"},
      {"--set", "limits.pong_timeout=5s"},
      {"--set", "apps[0].enabled=false"},
      {"--set", "apps.0.origins=https://a.example,http://b:1"}};

  const auto from_file = load_text(file);
  const auto from_variables = load_without_file({variables, {}});
  const auto from_flags = load_without_file({{}, flags});
  CHECK(lines(from_file) + lines(from_variables) + lines(from_flags) == "");

  const auto& all = from_file.settings;
  CHECK(all.data_dir == "d");
  CHECK(all.server.port == 7);
  CHECK(all.server.backlog == 8);
  CHECK(all.limits.max_message == 32 * kib);
  CHECK(all.limits.presence_user == 512);
  CHECK(all.limits.pong_timeout == 5s);
  CHECK_FALSE(all.apps.at(0).enabled);
  CHECK(all.apps.at(0).origins
        == std::vector<std::string>{"https://a.example", "http://b:1"});
  CHECK(from_variables.settings == all);
  CHECK(from_flags.settings == all);
}

TEST_CASE("the apps of a file replace the demo app") {
  const auto loaded = load_text("[[apps]]\nid = \"7\"\n"
                                "keys = [{ key = \"a\", secret = \"b\" }]\n"
                                "[[apps]]\nid = \"8\"\nclient_events = false\n"
                                "keys = [{ key = \"c\", secret = \"d\" },\n"
                                "        { key = \"e\", secret = \"f\" }]\n");
  CHECK(lines(loaded).empty());
  const auto& apps = loaded.settings.apps;
  REQUIRE(apps.size() == 2);
  CHECK(apps[0].id == "7");
  CHECK(apps[0].keys == std::vector<key_pair>{{"a", "b"}});
  CHECK(apps[0].client_events);
  CHECK(apps[1].id == "8");
  CHECK(apps[1].keys == std::vector<key_pair>{{"c", "d"}, {"e", "f"}});
  CHECK_FALSE(apps[1].client_events);
}

TEST_CASE("what an app leaves out has the default of an app") {
  const auto loaded = load_text("[[apps]]\nclient_events_per_second = 3\n");
  auto expected = app{};
  expected.client_events_per_second = 3;
  CHECK(loaded.settings.apps == std::vector<app>{expected});
}

TEST_CASE("a webhook without events is told about all of them") {
  const auto loaded =
      load_text("[[apps]]\n[[apps.webhooks]]\nurl = \"http://a/b\"\n"
                "[[apps.webhooks]]\nurl = \"https://c/d\"\n"
                "events = [\"cache_miss\"]\n");
  CHECK(loaded.ok());
  const auto& webhooks = loaded.settings.apps.at(0).webhooks;
  REQUIRE(webhooks.size() == 2);
  CHECK(webhooks[0].url == "http://a/b");
  CHECK(webhooks[0].events.size() == 7);
  CHECK(webhooks[1].events == std::vector<std::string>{"cache_miss"});
}

TEST_CASE("sections may be written as TOML allows them") {
  for (const auto* file :
       {"[server]\nport = 7\n", "server.port = 7\n", "server = { port = 7 }\n",
        "\"server\".'port' = 7 # comment\r\n", "\xef\xbb\xbf[server]\nport = 7",
        "[server]\nport = 0x7\n"}) {
    INFO(file);
    const auto loaded = load_text(file);
    CHECK(lines(loaded).empty());
    CHECK(loaded.settings.server.port == 7);
  }
}

TEST_CASE("an empty file is a configuration") {
  CHECK(lines(load_text("")).empty());
  CHECK(load_text("").settings == settings{});
}
