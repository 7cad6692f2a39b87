#include "config/command.hpp"
#include "config/render.hpp"

#include "tests/catch.hpp"
#include "tests/config/support.hpp"

#include <sstream>

using namespace tidewire::config;
using namespace tidewire::config::test;

TEST_CASE("a secret that is wrong is not shown") {
  for (const auto* value :
       {"\"hunter2 \"", "4242", "[\"hunter2\"]", "\"hunter2\\n\""}) {
    INFO(value);
    const auto loaded = load_text("[[apps]]\nkeys = [{ key = \"k\", secret = "
                                  + std::string(value) + " }]\n");
    REQUIRE(loaded.errors.size() == 1);
    CHECK(lines(loaded)
          == "t.toml:2: apps[0].keys[0].secret: found a value, expected 1 to "
             "200 printable ASCII characters without spaces");
  }
}

TEST_CASE("a secret that is wrong in a variable or a flag is not shown") {
  const auto loaded =
      load_without_file({{{"TIDEWIRE_APPS__0__KEYS__0__SECRET", "hunter2 "}},
                         {{"--set", "apps.0.keys.0.secret=hunter2 "}}});
  CHECK(loaded.errors.size() == 2);
  CHECK(lines(loaded).find("hunter2") == std::string::npos);
}

TEST_CASE("show hides secrets unless it is told not to") {
  const temporary_folder folder;
  load_request request;
  request.file = folder.write(
      "t.toml", "[[apps]]\nkeys = [{ key = \"k\", secret = \"hunter2\" }]\n");
  std::ostringstream hidden;
  std::ostringstream shown;
  std::ostringstream err;
  CHECK(config_command("show", request, {}, hidden, err) == 0);
  command_options options;
  options.show_secrets = true;
  CHECK(config_command("show", request, options, shown, err) == 0);
  CHECK(hidden.str().find("hunter2") == std::string::npos);
  CHECK(hidden.str().find("key = \"k\"") != std::string::npos);
  CHECK(shown.str().find("hunter2") != std::string::npos);
  CHECK(err.str().empty());
}
