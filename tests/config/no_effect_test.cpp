#include "config/schema.hpp"

#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

TEST_CASE("its default, written out, is nothing to warn about") {
  CHECK(lines(load_text("[[apps]]\nmax_connections = 0\n"
                        "user_authentication = true\nwatchlist = true\n"
                        "authorized_only = false\ntier = \"\"\n"
                        "webhooks = []\n"))
            .empty());
}

TEST_CASE("the warnings are those of the table, no more and no fewer") {
  // Everything of an app that can be set, other than its default.
  const auto loaded =
      load_text("[[apps]]\nid = \"2\"\n"
                "keys = [{ key = \"k\", secret = \"s\" }]\nenabled = false\n"
                "client_events = false\nclient_events_per_second = 1\n"
                "user_authentication = false\nwatchlist = false\n"
                "subscription_counts = true\nauthorized_only = true\n"
                "max_connections = 1\ntier = \"free\"\ninternal = true\n"
                "account = \"acme\"\n"
                "origins = [\"https://a\"]\n"
                "[[apps.webhooks]]\nurl = \"http://a\"\n"
                "[[accounts]]\nname = \"acme\"\n");
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
