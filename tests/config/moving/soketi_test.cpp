// soketi's options become ours, and every one of them is accounted for.
#include "config/moving/option.hpp"
#include "config/schema.hpp"
#include "tests/catch.hpp"
#include "tests/config/moving/documented.hpp"
#include "tests/config/moving/moved.hpp"

#include <algorithm>

using namespace tidewire::config;
using namespace tidewire::config::moving;
using namespace tidewire::config::moving::test;

TEST_CASE("every documented variable of soketi is accounted for") {
  std::map<std::string, std::string> variables;
  for (const auto name : documented_variables)
    variables["SOKETI_" + std::string(name)] =
        name == "DEFAULT_APP_WEBHOOKS" ? "[]" : "1";
  const auto all = from_variables(variables);
  for (const auto& [name, value] : variables) {
    INFO(name);
    CHECK((all.fate_of(name) == "mapped" || all.fate_of(name) == "ignored"));
    CHECK_FALSE(all.text_of(name).empty());
  }
}

TEST_CASE("every option of soketi's file is accounted for") {
  for (const auto path : documented_options) {
    INFO(path);
    const auto all = from_json("{ \"" + std::string(path) + "\": 1 }");
    const auto fate = all.fate_of(path);
    CHECK((fate == "mapped" || fate == "ignored"));
    CHECK_FALSE(all.text_of(path).empty());
  }
}

TEST_CASE("every field of an app of soketi is accounted for") {
  for (const auto field : documented_app_fields) {
    INFO(field);
    const auto value = field == "webhooks" ? "[]" : "\"1\"";
    const auto all = from_json("{ \"appManager.array.apps\": [{ \""
                               + std::string(field) + "\": " + value + " }] }");
    const auto name = "appManager.array.apps.0." + std::string(field);
    CHECK((all.fate_of(name) == "mapped" || all.fate_of(name) == "ignored"));
  }
}

TEST_CASE("the table names only keys that there are, or a reason") {
  for (const auto& table :
       {soketi_options(), soketi_app_options(), reverb_options()})
    for (const auto& row : table) {
      INFO(row.path << ' ' << row.variable);
      if (row.key.empty()) {
        CHECK_FALSE(row.remark.empty());
        continue;
      }
      std::string key(row.key);
      if (table.data() == soketi_app_options().data())
        key = "apps[0]." + key;
      const auto keys = known_keys();
      const bool is_list =
          std::any_of(keys.begin(), keys.end(), [&](const auto& each) {
            return each.starts_with(key + '[');
          });
      CHECK(
          (std::find(keys.begin(), keys.end(), key) != keys.end() || is_list));
    }
}

TEST_CASE("variables and nested or dotted JSON mean the same") {
  const auto by_variable = from_variables(
      {{"SOKETI_PORT", "7001"}, {"SOKETI_METRICS_SERVER_PORT", "7"}});
  const auto dotted = from_json(R"({ "port": 7001, "metrics.port": 7 })");
  const auto nested =
      from_json(R"({ "port": "7001", "metrics": {"port": 7} })");
  for (const auto* each : {&by_variable, &dotted, &nested}) {
    CHECK(each->to.ok());
    CHECK(each->all().server.port == 7001);
    CHECK(each->all().admin.port == 7);
  }
  CHECK(by_variable.all() == dotted.all());
  CHECK(by_variable.all() == nested.all());
}

TEST_CASE("a variable wins over the file, and the report says so") {
  const auto all = from_json(R"({ "port": 1 })", {{"SOKETI_PORT", "2"}});
  CHECK(all.all().server.port == 2);
  CHECK(all.fate_of("port") == "ignored");
  CHECK(all.text_of("port") == "SOKETI_PORT is set, too, and wins");
  CHECK(all.text_of("SOKETI_PORT") == "server.port = 2");
}

TEST_CASE("apps bring keys, limits and switches") {
  const auto all = from_json(R"({ "appManager.array.apps": [
    { "id": "some-id", "key": "some-key", "secret": "some-secret",
      "maxConnections": 200, "enableClientMessages": true,
      "maxClientEventsPerSecond": 5, "enabled": false,
      "enableUserAuthentication": true },
    { "id": 7, "key": "b", "secret": "c", "maxConnections": -1,
      "maxClientEventsPerSecond": "-1" }
  ] })");
  REQUIRE(all.to.ok());
  REQUIRE(all.all().apps.size() == 2);
  const auto& [first, second] = std::tie(all.all().apps[0], all.all().apps[1]);
  CHECK(first.id == "some-id");
  CHECK(first.keys == std::vector<key_pair>{{"some-key", "some-secret"}});
  CHECK(first.max_connections == 200);
  CHECK(first.client_events);
  CHECK(first.client_events_per_second == 5);
  CHECK_FALSE(first.enabled);
  CHECK(first.user_authentication);
  CHECK(first.authorized_only);
  CHECK(second.id == "7");
  CHECK(second.max_connections == 0);
  CHECK(second.client_events_per_second == 0);
}

TEST_CASE("what soketi allows by default stays allowed, and what not, not") {
  const auto all = from_json(
      R"({ "appManager.array.apps": [{ "key": "k", "secret": "s" }] })");
  const auto app = first_app(all);
  CHECK(app.id == "app-id");
  CHECK_FALSE(app.client_events);
  CHECK(app.client_events_per_second == 0);
  CHECK_FALSE(app.user_authentication);
  CHECK(all.all().limits.channel_name == 200);
  CHECK(all.all().limits.event_data == 100 * kib);
  CHECK(all.all().limits.presence_user == 2 * kib);
  CHECK(all.all().limits.max_message >= 100 * kib);
  CHECK(all.all().limits.max_http_body >= 10 * 100 * kib);
  CHECK(all.all().limits.cache_ttl == std::chrono::hours{1});
  CHECK(all.fate_of("limits.event_data = \"100KiB\"") == "assumed");
  CHECK(all.fate_of("limits.cache_ttl = \"1h\"") == "assumed");
}

TEST_CASE("how long events are kept and users are waited for is taken over") {
  const auto file = from_json(R"({ "channelLimits": { "cacheTtl": 90 },
                                   "userAuthenticationTimeout": 1500 })");
  const auto set =
      from_variables({{"SOKETI_CHANNEL_CACHE_TTL", "90"},
                      {"SOKETI_USER_AUTHENTICATION_TIMEOUT", "1500"}});
  for (const auto* each : {&file, &set}) {
    REQUIRE(each->to.ok());
    CHECK(each->all().limits.cache_ttl == std::chrono::seconds{90});
    CHECK(each->all().limits.authorization_timeout
          == std::chrono::milliseconds{1500});
  }
  CHECK(file.fate_of("channelLimits.cacheTtl") == "mapped");
  CHECK(set.fate_of("SOKETI_USER_AUTHENTICATION_TIMEOUT") == "mapped");
}

TEST_CASE("without any app it is soketi's default app, of a database none") {
  const auto app = first_app(from_variables({}));
  CHECK(app.id == "app-id");
  CHECK(app.keys == std::vector<key_pair>{{demo_key, demo_secret}});
  const auto none = from_variables({{"SOKETI_APP_MANAGER_DRIVER", "mysql"}});
  CHECK(none.to.ok());
  CHECK(none.all().apps.empty());
  CHECK(none.fate_of("SOKETI_APP_MANAGER_DRIVER") == "ignored");
}

TEST_CASE("the variables of the default app amend the first of the file") {
  const auto all = from_json(
      R"({ "appManager": { "array": { "apps": [
        { "id": "1", "key": "a", "secret": "b" },
        { "id": "2", "key": "c", "secret": "d" } ] } } })",
      {{"SOKETI_DEFAULT_APP_KEY", "12345"}, {"SOKETI_DEFAULT_APP_ID", "007"}});
  REQUIRE(all.to.ok());
  REQUIRE(all.all().apps.size() == 2);
  CHECK(all.all().apps[0].id == "007");
  CHECK(all.all().apps[0].keys[0].key == "12345");
  CHECK(all.all().apps[0].keys[0].secret == "b");
  CHECK(all.all().apps[1].keys[0].key == "c");
}

TEST_CASE("limits of an app stay its own") {
  const auto all = from_json(R"({ "appManager.array.apps":
    [{ "id": "1", "key": "a", "maxEventPayloadInKb": 400,
       "maxChannelNameLength": 50, "maxPresenceMembersPerChannel": 7,
       "maxBackendEventsPerSecond": 8, "maxReadRequestsPerSecond": -1 },
     { "id": "2", "key": "b" }], "eventLimits.maxPayloadInKb": 30 })");
  REQUIRE(all.to.ok());
  const auto& first = all.all().apps[0];
  CHECK(first.limits.event_data == 400 * kib);
  CHECK(first.limits.channel_name == 50);
  CHECK(first.limits.presence_members == 7);
  CHECK(first.publishes_per_second == 8);
  CHECK(first.reads_per_second == 0);
  CHECK(all.all().apps[1].limits == app_limits{});
  CHECK(all.all().limits.event_data == 30 * kib);
  CHECK(all.all().limits.max_message >= 400 * kib);
}

TEST_CASE("one CORS origin is taken, several are not") {
  CHECK(from_json(R"({ "cors": { "origin": ["https://a.example"] } })")
            .all()
            .server.cors_origin
        == "https://a.example");
  const auto many = from_json(
      R"({ "cors.origin": ["https://a.example", "https://b.example"] })");
  CHECK(many.fate_of("cors.origin") == "ignored");
  CHECK(many.to.ok());
}

TEST_CASE("sizes and times are converted, and cut to what there is") {
  const auto all = from_variables({{"SOKETI_EVENT_MAX_SIZE_IN_KB", "0.5"},
                                   {"SOKETI_SHUTDOWN_GRACE_PERIOD", "2500"},
                                   {"SOKETI_HTTP_MAX_REQUEST_SIZE", "100"}});
  REQUIRE(all.to.ok());
  CHECK(all.all().limits.event_data == 512);
  CHECK(all.all().drain.duration == std::chrono::milliseconds{2500});
  CHECK(all.all().limits.max_http_body == 64 * mib);
  CHECK(all.text_of("SOKETI_HTTP_MAX_REQUEST_SIZE")
        == "limits.max_http_body = \"64MiB\" (cut to our highest, 64MiB)");
}

TEST_CASE("what soketi has not is unknown, with what was meant") {
  const auto all = from_json(
      R"({ "metrcs": { "port": 1 }, "prot": 1, "metrics": { "prot": 1 },
           "appManager.array.apps": [{ "maxConnectons": 5 }, 7] })",
      {{"SOKETI_PROT", "1"}, {"SOKETI_COMPLETELY_ELSE", "1"}});
  CHECK(all.text_of("prot") == "no option of soketi; did you mean port?");
  CHECK(all.text_of("metrics.prot")
        == "no option of soketi; did you mean metrics.port?");
  CHECK(all.fate_of("metrcs") == "unknown");
  CHECK(all.text_of("appManager.array.apps.0.maxConnectons")
        == "no option of an app of soketi; did you mean maxConnections?");
  CHECK(all.fate_of("appManager.array.apps.1") == "unknown");
  CHECK(all.text_of("SOKETI_PROT")
        == "no variable of soketi; did you mean SOKETI_PORT?");
  CHECK(all.text_of("SOKETI_COMPLETELY_ELSE") == "no variable of soketi");
}

TEST_CASE("apps may be spelled as databases spell them") {
  const auto app = first_app(from_json(R"({ "appManager.array.apps": [{
    "AppId": "9", "AppKey": "k", "AppSecret": "s", "MaxConnections": 3,
    "enable_client_messages": 1, "max_client_events_per_sec": 4 }] })"));
  CHECK(app.id == "9");
  CHECK(app.keys == std::vector<key_pair>{{"k", "s"}});
  CHECK(app.max_connections == 3);
  CHECK(app.client_events);
  CHECK(app.client_events_per_second == 4);
}

TEST_CASE("a wrong value is an error that names option and key") {
  const auto port = from_variables({{"SOKETI_PORT", "http"}});
  CHECK_FALSE(port.to.ok());
  CHECK(to_string(port.to.errors.at(0))
        == "SOKETI_PORT: server.port: found \"http\", expected a whole number "
           "(0 to 65535)");
  const auto flag = from_variables({{"SOKETI_DEFAULT_APP_ENABLED", "maybe"}});
  CHECK_FALSE(flag.to.ok());
}

TEST_CASE("zero, which lets nothing through there, is not made no limit") {
  const auto all = from_variables({{"SOKETI_DEFAULT_APP_MAX_CONNS", "0"}});
  CHECK(all.fate_of("SOKETI_DEFAULT_APP_MAX_CONNS") == "ignored");
  CHECK(all.text_of("SOKETI_DEFAULT_APP_MAX_CONNS").find("0 lets nothing")
        == 0);
}

TEST_CASE("with a certificate there is TLS, and only TLS, on the one port") {
  const auto all = from_variables({{"SOKETI_SSL_CERT", "/etc/tls/chain.pem"},
                                   {"SOKETI_SSL_KEY", "/etc/tls/key.pem"}});
  CHECK(all.to.ok());
  CHECK(all.all().tls.certificate == "/etc/tls/chain.pem");
  CHECK(all.all().tls.key == "/etc/tls/key.pem");
  CHECK(all.all().tls.same_port);
  CHECK(all.all().tls.required);
  CHECK(all.fate_of("SOKETI_SSL_CERT") == "mapped");
  CHECK(all.fate_of("tls.required = true") == "assumed");

  const auto none = from_json(R"({"ssl": {"certPath": "", "keyPath": ""}})");
  CHECK(none.to.ok());
  CHECK_FALSE(none.all().tls.on());
  CHECK_FALSE(none.all().tls.required);
}

TEST_CASE("a file that is missing or no JSON is a problem with its line") {
  const auto broken = from_json("{\n  \"port\": 1,\n  oops\n}");
  REQUIRE(broken.from.problems.size() == 1);
  CHECK(broken.from.problems[0].line == 3);
  CHECK_FALSE(broken.to.ok());
  CHECK(from_json("[]").from.problems.size() == 1);
  CHECK(from_json("{} x").from.problems.size() == 1);
  CHECK(from_json("").from.problems.size() == 1);
  CHECK(from_soketi({"/nowhere/soketi.json", {}}).problems.size() == 1);
}

TEST_CASE("no secret stands in a report") {
  const auto all =
      from_json(R"({ "appManager.array.apps": [{ "secret": "hunter2",
                     "webhooks": [] }],
                     "database": { "redis": { "password": "hunter2" } },
                     "ssl": { "passphrase": "hunter2" } })",
                {{"SOKETI_DB_MYSQL_PASSWORD", "hunter2"}});
  CHECK(first_app(all).keys[0].secret == "hunter2");
  CHECK(render_report(all.from.findings, "soketi").find("hunter2")
        == std::string::npos);
}
