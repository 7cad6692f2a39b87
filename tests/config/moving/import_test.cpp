// `tidewire config import`: what goes where, and the exit codes.
#include "config/moving/import_command.hpp"
#include "tests/catch.hpp"
#include "tests/config/moving/support.hpp"
#include "tests/config/support.hpp"

#include <sstream>

using namespace tidewire::config;
using namespace tidewire::config::moving;
using tidewire::config::test::load_text;
using namespace tidewire::config::moving::test;
using tidewire::config::test::temporary_folder;

namespace {

outcome run(const import_options& options, const environment& process = {}) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = import_command(options, process, out, err);
  return {code, out.str(), err.str()};
}

} // namespace

TEST_CASE("the result is a configuration that means the same") {
  const temporary_folder folder;
  import_options options;
  options.soketi_file = folder.write("soketi.json", R"({
    "port": 7001, "appManager.array.apps": [{ "id": "1", "key": "k",
      "secret": "s\"$", "enableClientMessages": true, "webhooks": [
        { "url": "http://a.example", "event_types": ["member_added"] }] }] })");
  options.environment = true;
  const auto result = run(options, {{"SOKETI_PATH_PREFIX", "/ws"},
                                    {"SOKETI_DB_REDIS_HOST", "redis"},
                                    {"SOKETI_PROT", "1"}});
  CHECK(result.code == 0);
  CHECK(has(result.err, "mapped   port"));
  CHECK(has(result.err, "ignored  SOKETI_DB_REDIS_HOST"));
  CHECK(has(result.err, "did you mean SOKETI_PORT?"));
  CHECK_FALSE(has(result.err, "s\"$"));
  const auto read = load_text(result.out);
  REQUIRE(read.ok());
  CHECK(read.settings.server.port == 7001);
  CHECK(read.settings.server.path_prefix == "/ws");
  REQUIRE(read.settings.apps.size() == 1);
  const auto& app = read.settings.apps[0];
  CHECK(app.keys == std::vector<key_pair>{{"k", "s\"$"}});
  CHECK(app.client_events);
  REQUIRE(app.webhooks.size() == 1);
  CHECK(app.webhooks[0].url == "http://a.example");
  CHECK(read.settings.limits.event_data == 100 * kib);
  // What nobody set is left out.
  CHECK_FALSE(has(result.out, "pong_timeout"));
  CHECK(has(result.out, "# environment SOKETI_PATH_PREFIX"));
}

TEST_CASE("a wrong value prints no configuration and fails") {
  import_options options;
  options.environment = true;
  const auto result = run(options, {{"SOKETI_PORT", "x"}});
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  CHECK(has(result.err, "error: SOKETI_PORT: server.port: found \"x\""));
}

TEST_CASE("unknown options fail only when asked to") {
  import_options options;
  options.environment = true;
  CHECK(run(options, {{"SOKETI_PROT", "1"}}).code == 0);
  options.strict = true;
  const auto strict = run(options, {{"SOKETI_PROT", "1"}});
  CHECK(strict.code == 1);
  CHECK(strict.out.empty());
  CHECK(run(options, {{"SOKETI_PORT", "1"}}).code == 0);
}

TEST_CASE("a command line that says nothing to import is a matter of usage") {
  CHECK(run({}).code == 2);
  import_options reverb;
  reverb.reverb = true;
  CHECK(run(reverb).code == 2);
  reverb.environment = true;
  reverb.soketi_file = "x.json";
  CHECK(run(reverb).code == 2);
}

TEST_CASE("a .env file is read, and the environment wins over it") {
  const temporary_folder folder;
  import_options options;
  options.env_file = folder.write(".env", "SOKETI_PORT=1\nSOKETI_HOST=::1\n");
  CHECK(has(run(options, {{"SOKETI_PORT", "2"}}).out, "port = 1"));
  options.environment = true;
  const auto both = run(options, {{"SOKETI_PORT", "2"}});
  CHECK(has(both.out, "port = 2"));
  CHECK(has(both.out, "host = \"::1\""));
  options.env_file = folder.path("none");
  const auto none = run(options);
  CHECK(none.code == 1);
  CHECK(has(none.err, "none: cannot be read"));
}

TEST_CASE("Reverb's variables are read from a .env file") {
  const temporary_folder folder;
  import_options options;
  options.reverb = true;
  options.env_file =
      folder.write(".env", "APP_NAME=x\nREVERB_APP_ID=5\nREVERB_APP_KEY=k\n"
                           "REVERB_APP_SECRET=s\n"
                           "VITE_REVERB_APP_KEY=\"${REVERB_APP_KEY}\"\n");
  const auto result = run(options);
  CHECK(result.code == 0);
  const auto read = load_text(result.out);
  REQUIRE(read.ok());
  CHECK(read.settings.apps.at(0).id == "5");
  CHECK(read.settings.server.port == 8080);
}

TEST_CASE("serve obeys soketi only when asked to") {
  load_request request;
  request.environment = {{"SOKETI_PORT", "7"}};
  CHECK(add_soketi(request, false, "").empty());
  CHECK(load(request).settings.server.port == 6001);
  CHECK_FALSE(add_soketi(request, true, "").empty());
  CHECK(load(request).settings.server.port == 7);
  request.environment["TIDEWIRE_SERVER__PORT"] = "8";
  CHECK(load(request).settings.server.port == 8);
}
