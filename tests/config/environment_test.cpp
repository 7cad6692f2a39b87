#include "config/load.hpp"

#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

namespace {

load_result load_variables(environment variables) {
  return load_without_file({std::move(variables), {}});
}

} // namespace

TEST_CASE("an empty variable is an unset one") {
  const auto loaded =
      load_text("[server]\nport = 7\n", {{{"TIDEWIRE_SERVER__PORT", ""},
                                          {"TIDEWIRE_DATA_DIR", ""},
                                          {"TIDEWIRE_FOO__BAR", ""}},
                                         {}});
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings.server.port == 7);
  CHECK(loaded.settings.data_dir == settings{}.data_dir);
}

TEST_CASE("a wrong variable is an error that names it and its key") {
  CHECK(lines(load_variables({{"TIDEWIRE_SERVER__PORT", "x"}}))
        == "TIDEWIRE_SERVER__PORT: server.port: found \"x\", expected a whole "
           "number (0 to 65535)");
  CHECK(lines(load_variables({{"TIDEWIRE_SERVER__PORT", "7 "}}))
        == "TIDEWIRE_SERVER__PORT: server.port: found \"7 \", expected a whole "
           "number (0 to 65535)");
  CHECK(lines(load_variables({{"TIDEWIRE_APPS__0__ENABLED", "1"}}))
        == "TIDEWIRE_APPS__0__ENABLED: apps[0].enabled: found \"1\", expected "
           "true or false");
  CHECK(lines(load_variables(
                  {{"TIDEWIRE_SERVER__PORT", "99999999999999999999999"}}))
            .starts_with("TIDEWIRE_SERVER__PORT: server.port: found"));
}

TEST_CASE("the demo app can be replaced by variables") {
  const auto loaded =
      load_variables({{"TIDEWIRE_APPS__0__ID", "42"},
                      {"TIDEWIRE_APPS__0__KEYS__0__KEY", "k"},
                      {"TIDEWIRE_APPS__0__KEYS__0__SECRET", "s"}});
  CHECK(lines(loaded).empty());
  auto expected = app{};
  expected.id = "42";
  expected.keys = {{"k", "s"}};
  CHECK(loaded.settings.apps == std::vector<app>{expected});
}

TEST_CASE("variables amend the apps of a file, and add to them") {
  const auto loaded = load_text("[[apps]]\nid = \"7\"\n"
                                "keys = [{ key = \"a\", secret = \"b\" }]\n",
                                {{{"TIDEWIRE_APPS__0__KEYS__0__SECRET", "c"},
                                  {"TIDEWIRE_APPS__0__KEYS__1__KEY", "d"},
                                  {"TIDEWIRE_APPS__0__KEYS__1__SECRET", "e"},
                                  {"TIDEWIRE_APPS__1__ID", "8"},
                                  {"TIDEWIRE_APPS__1__KEYS__0__KEY", "f"},
                                  {"TIDEWIRE_APPS__1__KEYS__0__SECRET", "g"}},
                                 {}});
  CHECK(lines(loaded).empty());
  const auto& apps = loaded.settings.apps;
  REQUIRE(apps.size() == 2);
  CHECK(apps[0].keys == std::vector<key_pair>{{"a", "c"}, {"d", "e"}});
  CHECK(apps[1].id == "8");
  CHECK(apps[1].keys == std::vector<key_pair>{{"f", "g"}});
}

TEST_CASE("more than ten items come in the order of their numbers") {
  environment variables;
  for (int i = 0; i < 12; ++i) {
    const auto item = "TIDEWIRE_APPS__0__KEYS__" + std::to_string(i);
    variables[item + "__KEY"] = "k" + std::to_string(i);
    variables[item + "__SECRET"] = "s";
  }
  const auto loaded = load_variables(variables);
  CHECK(lines(loaded).empty());
  REQUIRE(loaded.settings.apps[0].keys.size() == 12);
  CHECK(loaded.settings.apps[0].keys[2].key == "k2");
  CHECK(loaded.settings.apps[0].keys[11].key == "k11");
}

TEST_CASE("a number that leaves a gap in a list is an error") {
  CHECK(lines(load_variables({{"TIDEWIRE_APPS__2__ID", "4"}}))
        == "TIDEWIRE_APPS__2__ID: apps[2]: there is no such item; the next one "
           "is 1");
}

TEST_CASE("a list must be named with a number") {
  CHECK(lines(load_variables({{"TIDEWIRE_APPS__ID", "4"}}))
        == "TIDEWIRE_APPS__ID: apps: is a list; name an item of it by its "
           "number, from 0");
  CHECK(lines(load_variables({{"TIDEWIRE_APPS", "4"}}))
        == "TIDEWIRE_APPS: apps: found \"4\", expected a key inside of it, "
           "such as apps[0].id");
  CHECK(lines(load_variables({{"TIDEWIRE_DRAIN", "4"}}))
        == "TIDEWIRE_DRAIN: drain: found \"4\", expected a key inside of it, "
           "such as drain.duration");
}

TEST_CASE("a _FILE variable reads the value from a file") {
  const temporary_folder folder;
  const auto loaded = load_variables(
      {{"TIDEWIRE_APPS__0__KEYS__0__KEY", "k"},
       {"TIDEWIRE_APPS__0__KEYS__0__SECRET_FILE",
        folder.write("secret", "hunter2\n")},
       {"TIDEWIRE_SERVER__PORT_FILE", folder.write("port", "7\r\n")}});
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings.apps[0].keys
        == std::vector<key_pair>{{"k", "hunter2"}});
  CHECK(loaded.settings.server.port == 7);
  CHECK(to_string(loaded.origins.at("server.port"))
        == "environment TIDEWIRE_SERVER__PORT_FILE");
}

TEST_CASE("a _FILE variable whose file cannot be read is an error") {
  const temporary_folder folder;
  const auto path = folder.path("none");
  CHECK(lines(load_variables({{"TIDEWIRE_SERVER__PORT_FILE", path}}))
        == "TIDEWIRE_SERVER__PORT_FILE: server.port: cannot read \"" + path
               + "\": No such file or directory");
}

TEST_CASE("an empty secret file is an error") {
  const temporary_folder folder;
  CHECK(lines(load_variables({{"TIDEWIRE_APPS__0__KEYS__0__SECRET_FILE",
                               folder.write("secret", "\n")}}))
        == "TIDEWIRE_APPS__0__KEYS__0__SECRET_FILE: apps[0].keys[0].secret: "
           "found \"\", expected 1 to 200 printable ASCII characters without "
           "spaces");
}

TEST_CASE("a variable and its _FILE together are an error") {
  const temporary_folder folder;
  CHECK(lines(load_variables(
            {{"TIDEWIRE_SERVER__PORT", "7"},
             {"TIDEWIRE_SERVER__PORT_FILE", folder.write("port", "8")}}))
        == "TIDEWIRE_SERVER__PORT_FILE: server.port: TIDEWIRE_SERVER__PORT is "
           "set, too; unset one of them");
}

TEST_CASE("the environment of a process is read as names and values") {
  const char* variables[] = {"A=1", "B=x=y", "C=", "odd", nullptr};
  CHECK(read_environment(variables)
        == environment{{"A", "1"}, {"B", "x=y"}, {"C", ""}});
  CHECK(read_environment(nullptr).empty());
}
