// Laravel Reverb's variables become ours.
#include "config/load.hpp"
#include "config/moving/moving.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <array>

using namespace tidewire::config;
using namespace tidewire::config::moving;

namespace {

// Those of Reverb's configuration file, and of Laravel's for Reverb.
constexpr std::array<std::string_view, 27> documented{
    "SERVER",
    "SERVER_HOST",
    "SERVER_PORT",
    "SERVER_PATH",
    "HOST",
    "PORT",
    "SCHEME",
    "INTERNAL_HOST",
    "INTERNAL_PORT",
    "INTERNAL_SCHEME",
    "MAX_REQUEST_SIZE",
    "SCALING_ENABLED",
    "SCALING_CHANNEL",
    "PULSE_INGEST_INTERVAL",
    "TELESCOPE_INGEST_INTERVAL",
    "APP_ID",
    "APP_KEY",
    "APP_SECRET",
    "APP_PING_INTERVAL",
    "APP_ACTIVITY_TIMEOUT",
    "APP_MAX_CONNECTIONS",
    "APP_MAX_MESSAGE_SIZE",
    "APP_ACCEPT_CLIENT_EVENTS_FROM",
    "APP_RATE_LIMITING_ENABLED",
    "APP_RATE_LIMIT_MAX_ATTEMPTS",
    "APP_RATE_LIMIT_DECAY_SECONDS",
    "APP_RATE_LIMIT_TERMINATE"};

load_result loaded(const move& from) {
  load_request request;
  request.imported = from.settings;
  return load(request);
}

} // namespace

TEST_CASE("every documented variable of Reverb is accounted for") {
  std::map<std::string, std::string> variables;
  for (const auto name : documented)
    variables["REVERB_" + std::string(name)] = "members";
  const auto all = from_reverb(variables);
  for (const auto& [name, value] : variables) {
    INFO(name);
    const auto found = std::find_if(
        all.findings.begin(), all.findings.end(),
        [&, wanted = name](auto& each) { return each.name == wanted; });
    REQUIRE(found != all.findings.end());
    CHECK(found->is != finding::fate::unknown);
    CHECK_FALSE(found->text.empty());
  }
}

TEST_CASE("a Reverb server keeps its app, port and limits") {
  const auto all = loaded(from_reverb({{"REVERB_APP_ID", "my-app"},
                                       {"REVERB_APP_KEY", "k"},
                                       {"REVERB_APP_SECRET", "s"},
                                       {"REVERB_APP_MAX_CONNECTIONS", "9"},
                                       {"REVERB_APP_ACTIVITY_TIMEOUT", "30"},
                                       {"REVERB_MAX_REQUEST_SIZE", "10000"},
                                       {"REVERB_SERVER_PATH", "/ws"}}));
  REQUIRE_FALSE(all.ok()); // 10,000 bytes are too few for an event of 10 KiB
  const auto right = loaded(from_reverb({{"REVERB_APP_ID", "my-app"},
                                         {"REVERB_APP_KEY", "k"},
                                         {"REVERB_APP_SECRET", "s"},
                                         {"REVERB_APP_MAX_CONNECTIONS", "9"},
                                         {"REVERB_APP_ACTIVITY_TIMEOUT", "30"},
                                         {"REVERB_SERVER_PATH", "/ws"}}));
  REQUIRE(right.ok());
  CHECK(right.settings.server.port == 8080);
  CHECK(right.settings.server.path_prefix == "/ws");
  CHECK(right.settings.limits.activity_timeout == std::chrono::seconds{30});
  const auto& app = right.settings.apps.at(0);
  CHECK(app.id == "my-app");
  CHECK(app.keys == std::vector<key_pair>{{"k", "s"}});
  CHECK(app.max_connections == 9);
}

TEST_CASE("whom Reverb takes client events from is understood") {
  const auto events = [](const std::string& from) {
    return loaded(from_reverb({{"REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", from}}))
        .settings.apps.at(0)
        .client_events;
  };
  CHECK(events("members"));
  CHECK(events("all"));
  CHECK_FALSE(events("none"));
  const auto wrong =
      from_reverb({{"REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "friends"}});
  CHECK(count_of(wrong.findings, finding::fate::unknown) == 1);
}

TEST_CASE("a variable that Reverb has not is told what was meant") {
  const auto all = from_reverb({{"REVERB_APP_KYE", "k"}, {"PATH", "/bin"}});
  REQUIRE(all.findings.size() == 2);
  CHECK(all.findings[0].text
        == "no variable of Reverb; did you mean REVERB_APP_KEY?");
}
