#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

TEST_CASE("an unknown key is a warning that says what was meant") {
  const auto loaded = load_text("[limits]\nactivty_timeout = \"30s\"\n");
  CHECK(loaded.ok());
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].severity == grade::warning);
  CHECK(lines(loaded)
        == "t.toml:2: limits.activty_timeout: unknown key; did you mean "
           "\"activity_timeout\"?");
}

TEST_CASE("a dash, a capital and swapped letters are recognised") {
  CHECK(lines(load_text("[limits]\nactivity-timeout = \"30s\"\n"))
            .ends_with("did you mean \"activity_timeout\"?"));
  CHECK(lines(load_text("[server]\nPort = 1\n"))
            .ends_with("did you mean \"port\"?"));
  CHECK(lines(load_text("[server]\nprot = 1\n"))
            .ends_with("did you mean \"port\"?"));
}

TEST_CASE("a key in the wrong section is sent to the right one") {
  CHECK(lines(load_text("activity_timeout = \"30s\"\n"))
        == "t.toml:1: activity_timeout: unknown key; did you mean "
           "\"limits.activity_timeout\"?");
  CHECK(lines(load_text("[server]\nmax_mesage = 1\n"))
        == "t.toml:2: server.max_mesage: unknown key; did you mean "
           "\"limits.max_message\"?");
}

TEST_CASE("an unknown section is one warning, whatever stands in it") {
  CHECK(lines(load_text("[sever]\nport = 1\nhost = 2\n[sever.more]\na = 1\n"))
        == "t.toml:1: sever: unknown section; did you mean \"server\"?");
  CHECK(lines(load_text("[[app]]\nid = \"1\"\n[[app]]\nid = \"2\"\n"))
        == "t.toml:1: app: unknown section; did you mean \"apps\"?");
}

TEST_CASE("a key that resembles nothing is unknown without a guess") {
  CHECK(lines(load_text("[server]\nfrobnicate = 1\n"))
        == "t.toml:2: server.frobnicate: unknown key");
}

TEST_CASE("unknown keys inside of apps, keys and webhooks are found") {
  const auto loaded =
      load_text("[[apps]]\nclient_event = true\n"
                "keys = [{ key = \"a\", secret = \"b\", sceret = \"c\" }]\n"
                "[[apps]]\nid = \"2\"\n"
                "keys = [{ key = \"d\", secret = \"e\" }]\norigin = []\n");
  CHECK(lines(loaded)
        == "t.toml:2: apps[0].client_event: unknown key; did you mean "
           "\"client_events\"?\n"
           "t.toml:3: apps[0].keys[0].sceret: unknown key; did you mean "
           "\"secret\"?\n"
           "t.toml:7: apps[1].origin: unknown key; did you mean "
           "\"origins\"?");
}

TEST_CASE("an unknown variable is a warning that says what was meant") {
  const auto meant = [](const std::string& name) {
    const auto loaded = load_without_file({{{name, "1"}}, {}});
    CHECK(loaded.ok());
    return lines(loaded);
  };
  CHECK(meant("TIDEWIRE_SERVER__PROT")
        == "TIDEWIRE_SERVER__PROT: unknown setting; did you mean "
           "TIDEWIRE_SERVER__PORT?");
  CHECK(meant("TIDEWIRE_SERVER_PORT")
        == "TIDEWIRE_SERVER_PORT: unknown setting; did you mean "
           "TIDEWIRE_SERVER__PORT?");
  CHECK(meant("TIDEWIRE_PORT")
        == "TIDEWIRE_PORT: unknown setting; did you mean "
           "TIDEWIRE_SERVER__PORT?");
  CHECK(meant("TIDEWIRE_SERVER__PORT__X")
        == "TIDEWIRE_SERVER__PORT__X: unknown setting; did you mean "
           "TIDEWIRE_SERVER__PORT?");
  CHECK(meant("TIDEWIRE_FOO__BAR") == "TIDEWIRE_FOO__BAR: unknown setting");
}

TEST_CASE("variables of others are nothing to warn about") {
  const environment others{
      {"PATH", "/bin"},
      {"SERVER__PROT", "1"},
      {"TIDEWIRE_JOBS", "2"},
      {"TIDEWIRE_SETUP", "off"},
      // What Kubernetes sets for a service called tidewire.
      {"TIDEWIRE_PORT", "tcp://10.0.0.7:6001"},
      {"TIDEWIRE_SERVICE_HOST", "10.0.0.7"},
      {"TIDEWIRE_SERVICE_PORT", "6001"},
      {"TIDEWIRE_PORT_6001_TCP", "tcp://10.0.0.7:6001"},
      {"TIDEWIRE_PORT_6001_TCP_ADDR", "10.0.0.7"},
      {"TIDEWIRE_PORT_6001_TCP_PORT", "6001"}};
  const auto loaded = load_without_file({others, {}});
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings == settings{});
}

TEST_CASE("a variable that is read elsewhere can be named") {
  load_request request;
  request.environment = {{"TIDEWIRE_PORT", "1"}};
  CHECK(load(request).warnings.size() == 1);
  request.other_variables = {"TIDEWIRE_PORT"};
  CHECK(load(request).warnings.empty());
}

TEST_CASE("an unknown key of a flag is an error: someone just typed it") {
  const auto loaded = load_without_file({{}, {{"--set", "server.prot=7000"}}});
  CHECK_FALSE(loaded.ok());
  CHECK(lines(loaded)
        == "--set: server.prot: unknown key; did you mean \"port\"?");
}
