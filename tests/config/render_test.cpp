#include "config/render.hpp"

#include "config/schema.hpp"
#include "tests/catch.hpp"
#include "tests/config/support.hpp"

#include <regex>
#include <sstream>

using namespace tidewire::config;
using namespace tidewire::config::test;

namespace {

/// The same text with what is commented out put into effect.
std::string uncommented(const std::string& toml) {
  return std::regex_replace(
      toml, std::regex("(^|\n)# (?=[a-z_]+ = |\\[\\[|  \"|\\])"), "$1");
}

} // namespace

TEST_CASE("the example file is what the structs say") {
  CHECK(shipped("tidewire.example.toml") == render_default_toml());
}

TEST_CASE("the reference is what the table says") {
  CHECK(shipped("reference.md") == render_reference());
}

TEST_CASE("the example file loads as the defaults, without a warning") {
  const auto loaded = load_text(shipped("tidewire.example.toml"));
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings == settings{});
}

TEST_CASE("the example file sets every key but the ones that are left unset") {
  const auto loaded = load_text(shipped("tidewire.example.toml"));
  settings fresh;
  for (const auto& each : leaves_of(fresh)) {
    INFO(each.key);
    CHECK(loaded.given(each.key) != each.what->left_unset);
  }
}

TEST_CASE("what the example file has as comments is right as well") {
  const auto loaded = load_text(uncommented(render_default_toml()));
  INFO(lines(loaded));
  CHECK(loaded.ok());
  CHECK(loaded.given("server.host"));
  CHECK(loaded.settings.server == server_settings{});
  REQUIRE(loaded.settings.apps[0].webhooks.size() == 1);
  CHECK(loaded.settings.apps[0].webhooks[0].url
        == "http://127.0.0.1:9999/hook");
  CHECK(loaded.settings.apps[0].webhooks[0].events == webhook{}.events);
  CHECK(loaded.settings.tiers == example_tiers());
  REQUIRE(loaded.settings.accounts.size() == 1);
  CHECK(loaded.settings.accounts[0].name == "example-account");
}

TEST_CASE("every sentence stands in the example file, in short lines") {
  const auto text = render_default_toml();
  auto flat = std::regex_replace(text, std::regex("\n# "), " ");
  for (const auto& key : known_keys()) {
    INFO(key);
    std::string name = key.substr(key.find_last_of(".") + 1);
    CHECK(std::regex_search(text,
                            std::regex("(\n|\n# |, |\\{ )" + name + " = ")));
  }
  settings fresh;
  for (const auto& each : leaves_of(fresh)) {
    INFO(each.key);
    if (each.key.find("keys[") == std::string::npos)
      CHECK(flat.find(each.what->sentence) != std::string::npos);
  }
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    INFO(line);
    CHECK(line.size() <= 80);
    CHECK((line.empty() || line.back() != ' '));
  }
  CHECK(text.find("\n\n\n") == std::string::npos);
}

TEST_CASE("show is TOML that loads as the same settings") {
  settings all;
  all.data_dir = "/a \"quoted\" \\ path\twith ü";
  all.server.host = "::1";
  all.server.port = 7;
  all.limits.pong_timeout = duration{1234};
  all.limits.max_message = 64 * kib + 1;
  all.limits.max_outbox = 5 * mib;
  all.drain.duration = duration{0};
  all.log.format = "json";
  all.apps = {app{}, app{}, app{}};
  all.apps[0].origins = {"https://a.example", "http://b.example:80"};
  all.apps[1].id = "2";
  all.apps[1].keys = {{"k1", "s1\"\\"}, {"k2", "s2"}};
  all.apps[1].webhooks = {webhook{"http://a/b", {"cache_miss"}, {}}, webhook{}};
  all.apps[1].webhooks[1].url = "https://c/d";
  all.apps[2].id = "3";
  all.apps[2].keys = {{"k3", "s3"}};
  all.apps[2].tier = "gold";
  all.apps[2].account = "acme";
  all.tiers.resize(1);
  all.tiers[0].name = "gold";
  all.tiers[0].grace = duration{0};
  all.accounts = {{"acme", "gold", {"1", "3"}, 7}};
  all.meter.webhook_url = "https://c/d";
  all.meter.webhook_secret = "s";
  const auto loaded = load_text(render_effective(all, {}, secrets::shown));
  INFO(lines(loaded));
  CHECK(loaded.ok());
  CHECK(loaded.settings == all);
}

TEST_CASE("show without any app or tier is still TOML") {
  settings all;
  all.apps.clear();
  all.tiers.clear();
  const auto loaded = load_text(render_effective(all, {}, secrets::shown));
  CHECK(loaded.ok());
  CHECK(loaded.settings == all);
}

TEST_CASE("show says behind every value where it comes from") {
  const auto loaded =
      load_text("[drain]\nduration = \"7s\"\n"
                "[[apps]]\nkeys = [{ key = \"k\", secret = \"s\" }]\n",
                {{{"TIDEWIRE_LOG__LEVEL", "warn"},
                  {"TIDEWIRE_APPS__0__KEYS__0__SECRET", "t"}},
                 {{"--port", "7"}}});
  const auto text =
      render_effective(loaded.settings, loaded.origins, secrets::hidden);
  const auto has = [&](const std::string& pattern) {
    return std::regex_search(text, std::regex(pattern));
  };
  INFO(text);
  CHECK(has("\nduration = \"7s\" +# t\\.toml:2\n"));
  CHECK(has("\nlevel = \"warn\" +# environment TIDEWIRE_LOG__LEVEL\n"));
  CHECK(has("\nport = 7 +# flag --port\n"));
  CHECK(has("\nformat = \"auto\" +# default\n"));
  CHECK(has("key = \"k\", secret = \"\\*+\" \\}, +# t\\.toml:4, secret: "
            "environment TIDEWIRE_APPS__0__KEYS__0__SECRET\n"));
}
