#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

TEST_CASE("every value knows where it comes from") {
  const auto loaded =
      load_text("[server]\n\nport = 7\nbacklog = 9\n"
                "[[apps]]\nid = \"3\"\n"
                "keys = [{ key = \"a\", secret = \"b\" }]\n",
                {{{"TIDEWIRE_SERVER__BACKLOG", "8"}},
                 {{"--node", "n1"}, {"--set", "drain.duration=3s"}}});
  CHECK(lines(loaded).empty());
  const auto from = [&](const char* key) {
    return to_string(loaded.origins.at(key));
  };
  CHECK(from("server.port") == "t.toml:3");
  CHECK(from("server.backlog") == "environment TIDEWIRE_SERVER__BACKLOG");
  CHECK(from("server.node") == "flag --node");
  CHECK(from("drain.duration") == "flag --set");
  CHECK(from("apps[0].id") == "t.toml:6");
  CHECK(from("apps[0].keys[0].secret") == "t.toml:7");
  CHECK_FALSE(loaded.given("log.level"));
  CHECK(to_string(origin{}) == "default");
}

TEST_CASE("a value that is written out is given, be it the default") {
  CHECK(load_text("server.host = \"0.0.0.0\"").given("server.host"));
  CHECK_FALSE(load_text("server.port = 7").given("server.host"));
}

TEST_CASE("a wrong value is not where the value comes from") {
  const auto loaded =
      load_text("server.port = 7", {{{"TIDEWIRE_SERVER__PORT", "x"}}, {}});
  CHECK(to_string(loaded.origins.at("server.port")) == "t.toml:1");
}
