#include "config/flags.hpp"

#include "tests/catch.hpp"
#include "tests/config/support.hpp"

#include <algorithm>

using namespace tidewire::config;
using namespace tidewire::config::test;

namespace {

load_result load_flags(std::vector<flag_value> flags) {
  return load_without_file({{}, std::move(flags)});
}

} // namespace

TEST_CASE("the flags of the contract are offered, with a sentence each") {
  const auto offered = flags();
  for (const auto& wanted : std::vector<std::pair<std::string, std::string>>{
           {"--host", "server.host"},
           {"--port", "server.port"},
           {"--admin-port", "admin.port"},
           {"--node", "server.node"},
           {"--data-dir", "data_dir"},
           {"--set", ""}}) {
    INFO(wanted.first);
    const auto found =
        std::find_if(offered.begin(), offered.end(), [&](const auto& each) {
          return each.flag == wanted.first;
        });
    REQUIRE(found != offered.end());
    CHECK(found->key == wanted.second);
    CHECK(found->sentence.ends_with('.'));
  }
}

TEST_CASE("every flag that is offered is understood") {
  for (const auto& each : flags()) {
    INFO(each.flag);
    const auto loaded = load_flags({{std::string(each.flag), "\x01"}});
    REQUIRE(loaded.errors.size() == (each.key == "data_dir" ? 0u : 1u));
    if (!loaded.ok()) {
      CHECK(loaded.errors[0].file == each.flag);
      CHECK(loaded.errors[0].key.starts_with(each.key));
      CHECK(loaded.errors[0].message != "unknown flag");
    }
  }
}

TEST_CASE("--set reaches a key by its path, with dots or brackets") {
  const auto loaded = load_flags({{"--set", "apps.0.keys.0.secret=a=b"},
                                  {"--set", "apps[0].id=5"},
                                  {"--set", "data_dir=/x"},
                                  {"--set", "server.path_prefix="}});
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings.apps[0].keys[0].secret == "a=b");
  CHECK(loaded.settings.apps[0].id == "5");
  CHECK(loaded.settings.data_dir == "/x");
  CHECK(loaded.settings.server.path_prefix.empty());
}

TEST_CASE("--set can empty a list") {
  const auto loaded = load_text("[[apps]]\norigins = [\"https://a.example\"]\n",
                                {{}, {{"--set", "apps.0.origins="}}});
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings.apps[0].origins.empty());
}

TEST_CASE("--set without a key or an equals sign is an error") {
  for (const auto* text : {"server.port", "=7", ""}) {
    INFO(text);
    CHECK(lines(load_flags({{"--set", text}}))
          == "--set: found \"" + std::string(text)
                 + "\", expected KEY=VALUE, such as server.port=7000");
  }
}

TEST_CASE("a wrong value of a flag is an error that names flag and key") {
  CHECK(lines(load_flags({{"--port", "x"}}))
        == "--port: server.port: found \"x\", expected a whole number (0 to "
           "65535)");
  CHECK(lines(load_flags({{"--set", "drain.duration=10"}}))
        == "--set: drain.duration: found \"10\", expected a duration such as "
           "\"30s\" or \"2m\" (0s to 1h)");
}

TEST_CASE("a flag that is not offered is an error") {
  CHECK(lines(load_flags({{"--prot", "7"}})) == "--prot: unknown flag");
}

TEST_CASE("strange paths are errors, and nothing worse") {
  for (const auto* text :
       {".=1", "server.=1", "server..port=1", "apps.=1", "apps.0=1",
        "apps.99999999999999999999.id=1", "apps.-1.id=1", "[0]=1", "apps[=1",
        "apps.0.keys.0.key.x=1", "server.port.0=1"}) {
    INFO(text);
    CHECK_FALSE(load_flags({{"--set", text}}).ok());
  }
}
