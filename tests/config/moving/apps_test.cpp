// `tidewire apps env`: text to paste.
#include "config/moving/apps_command.hpp"
#include "config/moving/moving.hpp"
#include "config/moving/snippets.hpp"
#include "tests/catch.hpp"
#include "tests/config/moving/support.hpp"
#include "tests/config/support.hpp"

#include <sstream>

using namespace tidewire::config;
using namespace tidewire::config::moving;
using namespace tidewire::config::moving::test;
using tidewire::config::test::temporary_folder;

namespace {

outcome run(std::string_view toml, apps_env_options options) {
  const temporary_folder folder;
  load_request request;
  request.file = folder.write("t.toml", toml);
  std::ostringstream out;
  std::ostringstream err;
  const int code = apps_env(options, request, out, err);
  return {code, out.str(), err.str()};
}

apps_env_options about(std::string app, snippet what = snippet::laravel) {
  apps_env_options options;
  options.app = std::move(app);
  options.snippets = {what};
  return options;
}

constexpr auto two_apps = R"([[apps]]
id = "1"
keys = [{ key = "one", secret = "s1" }]
[[apps]]
id = "22"
keys = [{ key = "two", secret = "s2" }, { key = "old", secret = "s3" }]
)";

} // namespace

TEST_CASE("with TLS configured clients are told its port and scheme") {
  const std::string tls = "[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n";
  const auto env = [&](const std::string& section) {
    return read_env_file(run(section + two_apps, about("1")).out, {});
  };
  CHECK(env(tls).at("PUSHER_PORT") == "6443");
  CHECK(env(tls).at("PUSHER_SCHEME") == "https");
  CHECK(env(tls + "same_port = true\n").at("PUSHER_PORT") == "6001");
  auto plain = about("1");
  plain.tls = false;
  const auto all = read_env_file(run(tls + two_apps, plain).out, {});
  CHECK(all.at("PUSHER_PORT") == "6001");
  CHECK(all.at("PUSHER_SCHEME") == "http");
}

TEST_CASE("Laravel's block has every variable that Laravel reads") {
  auto options = about("22");
  options.host = "ws.example.com";
  options.port = 443;
  options.tls = true;
  const auto result = run(two_apps, options);
  CHECK(result.code == 0);
  const auto all = read_env_file(result.out, {});
  CHECK(all.at("BROADCAST_CONNECTION") == "pusher");
  CHECK(all.at("PUSHER_APP_ID") == "22");
  CHECK(all.at("PUSHER_APP_KEY") == "two");
  CHECK(all.at("PUSHER_APP_SECRET") == "s2");
  CHECK(all.at("PUSHER_HOST") == "ws.example.com");
  CHECK(all.at("PUSHER_PORT") == "443");
  CHECK(all.at("PUSHER_SCHEME") == "https");
  CHECK_FALSE(all.at("PUSHER_APP_CLUSTER").empty());
  for (const auto* name : {"PUSHER_APP_KEY", "PUSHER_HOST", "PUSHER_PORT",
                           "PUSHER_SCHEME", "PUSHER_APP_CLUSTER"}) {
    INFO(name);
    CHECK(all.at("VITE_" + std::string(name)) == all.at(name));
  }
  CHECK(all.size() == 13);
}

TEST_CASE("secrets survive the .env file whatever is in them") {
  for (const std::string secret : {"plain", "a#b", "it's", "a\"b", "$HOME",
                                   "${X}", "back\\slash", "'\"$\\"}) {
    INFO(secret);
    app some;
    some.keys = {{"k", secret}};
    const auto text = laravel_env(some, {"h", 1, false, {}});
    CHECK(read_env_file(text, {}).at("PUSHER_APP_SECRET") == secret);
  }
}

TEST_CASE("without host and port it is what the server listens on") {
  const auto result =
      run("[server]\nport = 7001\npath_prefix = \"/ws\"\n", about("1"));
  CHECK(result.code == 0);
  const auto all = read_env_file(result.out, {});
  CHECK(all.at("PUSHER_HOST") == "127.0.0.1");
  CHECK(all.at("PUSHER_PORT") == "7001");
  CHECK(all.at("PUSHER_SCHEME") == "http");
  CHECK(has(result.out, "wsPath: '/ws'"));
  CHECK(has(result.out, "'path' => '/ws'"));
}

TEST_CASE("an app is found by any of its keys, too") {
  const auto result = run(two_apps, about("old"));
  CHECK(result.code == 0);
  CHECK(has(result.out, "PUSHER_APP_ID=22\n"));
}

TEST_CASE("an unknown app is told which there are") {
  const auto result = run(two_apps, about("2"));
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  CHECK(result.err
        == "there is no app with the id or key \"2\"; did you mean 1?; "
           "there are: 1, 22\n");
  const auto none = run("apps = []\n", about("1"));
  CHECK(none.code == 1);
  CHECK(has(none.err, "the configuration has no app at all"));
}

TEST_CASE("a wrong configuration prints nothing to paste") {
  const auto result = run("server.port = \"x\"\n", about("1"));
  CHECK(result.code == 1);
  CHECK(result.out.empty());
}

TEST_CASE("the snippets for JavaScript name host, port and key") {
  const auto js = run(two_apps, about("1", snippet::js));
  CHECK(has(js.out, "new Pusher(\"one\", {"));
  CHECK(has(js.out, "wsPort: 6001"));
  CHECK_FALSE(has(js.out, "s1"));
  const auto node = run(two_apps, about("1", snippet::node));
  CHECK(has(node.out, "appId: \"1\", key: \"one\""));
  CHECK(has(node.out, "secret: \"s1\""));
}
