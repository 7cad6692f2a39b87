#include "config/schema.hpp"

#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

namespace {

/// The warning about `where`.
std::string said_of(const char* where) {
  std::string text(where);
  text += ": is accepted but has no effect in this version";
  return text;
}

} // namespace

TEST_CASE("a key without effect is a warning when it is not the default") {
  const auto loaded = load_text("[[apps]]\ntier = \"gold\"\n");
  CHECK(loaded.ok());
  CHECK(lines(loaded) == said_of("t.toml:2: apps[0].tier"));
  CHECK(loaded.settings.apps[0].tier == "gold");
}

TEST_CASE("its default, written out, is nothing to warn about") {
  CHECK(lines(load_text("[[apps]]\nmax_connections = 0\n"
                        "user_authentication = true\nwatchlist = true\n"
                        "authorized_only = false\ntier = \"\"\n"
                        "webhooks = []\n"))
            .empty());
}

TEST_CASE("whatever the source, the warning names it") {
  CHECK(lines(load_without_file({{{"TIDEWIRE_APPS__0__TIER", "gold"}}, {}}))
        == said_of("TIDEWIRE_APPS__0__TIER: apps[0].tier"));
  CHECK(lines(load_without_file({{}, {{"--set", "apps.0.tier=gold"}}}))
        == said_of("--set: apps[0].tier"));
}

TEST_CASE("the warnings are those of the table, no more and no fewer") {
  // Everything of an app that can be set, other than its default.
  const auto loaded =
      load_text("[[apps]]\nid = \"2\"\n"
                "keys = [{ key = \"k\", secret = \"s\" }]\nenabled = false\n"
                "client_events = false\nclient_events_per_second = 1\n"
                "user_authentication = false\nwatchlist = false\n"
                "subscription_counts = true\nauthorized_only = true\n"
                "max_connections = 1\ntier = \"t\"\n"
                "origins = [\"https://a\"]\n"
                "[[apps.webhooks]]\nurl = \"http://a\"\n");
  CHECK(loaded.ok());
  std::vector<std::string> warned;
  for (const auto& each : loaded.warnings)
    warned.push_back(each.key);
  std::vector<std::string> flagged;
  app fresh;
  for (const auto& each : members_of(&fresh))
    if (each.what->not_in_effect)
      flagged.push_back("apps[0]." + std::string(each.what->key));
  CHECK(warned == flagged);
}
