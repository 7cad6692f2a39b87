// Every kind of error a file can hold: the message names file, line, key, what
// was found and what is allowed.
#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

namespace {

constexpr auto origin_expected =
    "an origin or host such as \"https://example.com\", \"example.com\", "
    "\"*.example.com\" or \"*\", in lower case and without a path";

/// The only problem that a file of this content has.
std::string only_problem(std::string_view toml) {
  const auto loaded = load_text(toml);
  INFO(lines(loaded));
  REQUIRE(loaded.errors.size() + loaded.warnings.size() == 1);
  CHECK_FALSE(loaded.ok());
  return lines(loaded);
}

} // namespace

TEST_CASE("a text that is no duration is an error") {
  CHECK(only_problem("[limits]\n\nactivity_timeout = \"12x\"\n")
        == "t.toml:3: limits.activity_timeout: found \"12x\", expected a "
           "duration such as \"30s\" or \"2m\" (1s to 24h)");
}

TEST_CASE("a number without a unit is no duration") {
  CHECK(only_problem("limits.pong_timeout = 30")
        == "t.toml:1: limits.pong_timeout: found 30, expected a duration such "
           "as \"30s\" or \"2m\" (100ms to 1h)");
}

TEST_CASE("a duration out of its range is an error") {
  CHECK(only_problem("limits.activity_timeout = \"500ms\"")
        == "t.toml:1: limits.activity_timeout: found \"500ms\", expected a "
           "duration such as \"30s\" or \"2m\" (1s to 24h)");
  CHECK(only_problem("limits.activity_timeout = \"2d\"")
        == "t.toml:1: limits.activity_timeout: found \"2d\", expected a "
           "duration such as \"30s\" or \"2m\" (1s to 24h)");
  CHECK(only_problem("drain.duration = \"99999999999999999999h\"")
        == "t.toml:1: drain.duration: found \"99999999999999999999h\", "
           "expected a duration such as \"30s\" or \"2m\" (0s to 1h)");
  CHECK(only_problem("limits.cache_ttl = \"500ms\"")
        == "t.toml:1: limits.cache_ttl: found \"500ms\", expected a duration "
           "such as \"30s\" or \"2m\" (1s to 24h)");
  CHECK(only_problem("limits.authorization_timeout = \"2h\"")
        == "t.toml:1: limits.authorization_timeout: found \"2h\", expected a "
           "duration such as \"30s\" or \"2m\" (100ms to 1h)");
}

TEST_CASE("a text that is no size is an error") {
  CHECK(only_problem("limits.max_message = \"64kb\"")
        == "t.toml:1: limits.max_message: found \"64kb\", expected a size such "
           "as \"64KiB\" or 65536 (1KiB to 64MiB)");
}

TEST_CASE("a size out of its range is an error") {
  CHECK(only_problem("limits.max_message = 10")
        == "t.toml:1: limits.max_message: found 10, expected a size such as "
           "\"64KiB\" or 65536 (1KiB to 64MiB)");
  CHECK(only_problem("limits.max_message = -1")
        == "t.toml:1: limits.max_message: found -1, expected a size such as "
           "\"64KiB\" or 65536 (1KiB to 64MiB)");
}

TEST_CASE("compression that zlib cannot do is an error") {
  CHECK(only_problem("[compression]\nlevel = 0")
        == "t.toml:2: compression.level: found 0, expected a whole number (1 "
           "to 9)");
  CHECK(only_problem("[compression]\nlevel = 10")
        == "t.toml:2: compression.level: found 10, expected a whole number (1 "
           "to 9)");
  CHECK(only_problem("[compression]\nmin_size = \"0B\"")
        == "t.toml:2: compression.min_size: found \"0B\", expected a size such "
           "as \"64KiB\" or 65536 (1B to 64MiB)");
}

TEST_CASE("a whole number out of its range is an error") {
  CHECK(only_problem("[server]\nport = 70000")
        == "t.toml:2: server.port: found 70000, expected a whole number (0 to "
           "65535)");
  CHECK(only_problem("[server]\nbacklog = 0")
        == "t.toml:2: server.backlog: found 0, expected a whole number (1 to "
           "65535)");
  CHECK(only_problem("[limits]\nchannel_name = -1")
        == "t.toml:2: limits.channel_name: found -1, expected a whole number "
           "(1 to 1024)");
  CHECK(only_problem("[limits]\nchannel_name = 9223372036854775807")
        == "t.toml:2: limits.channel_name: found 9223372036854775807, expected "
           "a whole number (1 to 1024)");
}

TEST_CASE("a text, a fraction or a date is no whole number") {
  CHECK(only_problem("[server]\nport = \"6001\"")
        == "t.toml:2: server.port: found \"6001\", expected a whole number (0 "
           "to 65535)");
  CHECK(only_problem("[server]\nport = 6001.5")
        == "t.toml:2: server.port: found 6001.5, expected a whole number (0 to "
           "65535)");
  CHECK(only_problem("[server]\nport = 1979-05-27")
        == "t.toml:2: server.port: found 1979-05-27, expected a whole number "
           "(0 to 65535)");
}

TEST_CASE("only true and false are true and false") {
  CHECK(only_problem("[[apps]]\nenabled = \"yes\"")
        == "t.toml:2: apps[0].enabled: found \"yes\", expected true or false");
  CHECK(only_problem("[[apps]]\nenabled = 1")
        == "t.toml:2: apps[0].enabled: found 1, expected true or false");
}

TEST_CASE("a word that is not on the list is an error that shows the list") {
  CHECK(only_problem("[log]\nlevel = \"verbose\"")
        == "t.toml:2: log.level: found \"verbose\", expected one of \"trace\", "
           "\"debug\", \"info\", \"warn\", \"error\", \"critical\", \"off\"");
  CHECK(only_problem("[log]\nformat = \"xml\"")
        == "t.toml:2: log.format: found \"xml\", expected one of \"auto\", "
           "\"text\", \"json\"");
}

TEST_CASE("a text that breaks the rule of its key is an error") {
  CHECK(only_problem("[server]\nhost = \"example.com\"")
        == "t.toml:2: server.host: found \"example.com\", expected an IP "
           "address or \"localhost\"");
  CHECK(only_problem("[admin]\nhost = \"\"")
        == "t.toml:2: admin.host: found \"\", expected an IP address or "
           "\"localhost\"");
  CHECK(only_problem("data_dir = \"\"")
        == "t.toml:1: data_dir: found \"\", expected the path of a folder");
  CHECK(only_problem("[server]\npath_prefix = \"ws/\"")
        == "t.toml:2: server.path_prefix: found \"ws/\", expected \"\" or a "
           "path such as \"/realtime\"");
  CHECK(only_problem("[server]\nnode = \"a b\"")
        == "t.toml:2: server.node: found \"a b\", expected up to 64 letters, "
           "digits, or any of -_.; or \"\"");
}

TEST_CASE("a list in the place of a value is an error, and the reverse") {
  CHECK(only_problem("[server]\nport = [6001]")
        == "t.toml:2: server.port: found a list, expected a whole number (0 to "
           "65535)");
  CHECK(only_problem("[[apps]]\norigins = \"https://a.example\"")
        == "t.toml:2: apps[0].origins: found \"https://a.example\", expected a "
           "list of texts, each "
               + std::string(origin_expected));
}

TEST_CASE("of a list, every wrong item is named with its own line") {
  const auto loaded = load_text("[[apps]]\norigins = [\n"
                                "  \"https://a.example\",\n"
                                "  5,\n"
                                "  \"https://a.example/path\",\n"
                                "]\n");
  CHECK(lines(loaded)
        == "t.toml:4: apps[0].origins[1]: found 5, expected "
               + std::string(origin_expected)
               + "\nt.toml:5: apps[0].origins[2]: found "
                 "\"https://a.example/path\", expected "
               + std::string(origin_expected));
  CHECK(loaded.settings.apps[0].origins.empty());
}

TEST_CASE("a section that is a value is an error") {
  CHECK(only_problem("server = 5")
        == "t.toml:1: server: found 5, expected a table: [server]");
}

TEST_CASE("a section that is a list is one error") {
  CHECK(only_problem("[[server]]\nport = 7000\n[[server]]\n")
        == "t.toml:1: server: found a list of tables, expected a table: "
           "[server]");
}

TEST_CASE("a value that is a section is one error") {
  CHECK(only_problem("[server.port]\nnumber = 1\n")
        == "t.toml:1: server.port: found a table, expected a whole number (0 "
           "to 65535)");
}

TEST_CASE("apps that are one table are one error") {
  CHECK(only_problem("[apps]\nid = \"2\"\n")
        == "t.toml:1: apps: found a table, expected a list of tables: "
           "[[apps]] for each");
  CHECK(only_problem("[[apps]]\n[apps.webhooks]\nurl = \"http://a\"\n")
        == "t.toml:2: apps[0].webhooks: found a table, expected a list of "
           "tables: [[apps.webhooks]] for each");
  CHECK(only_problem("apps = [1, 2]")
        == "t.toml:1: apps: found a list, expected a list of tables: "
           "[[apps]] for each");
}

TEST_CASE("a file that is not TOML is an error with line and column") {
  const auto loaded = load_text("[server]\nport = 1\n[limits\n");
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].file == "t.toml");
  CHECK(loaded.errors[0].line == 3);
  CHECK(loaded.errors[0].column == 8);
  CHECK(lines(loaded).starts_with("t.toml:3:8: "));
  CHECK(loaded.errors[0].message.size() > 10);
}

TEST_CASE("a key that is given twice is an error with its line") {
  CHECK(lines(load_text("[server]\nport = 1\nport = 2\n"))
            .starts_with("t.toml:3:"));
}

TEST_CASE("bytes that are not UTF-8 are an error with their line") {
  CHECK(
      lines(load_text("data_dir = \"a\"\n# \xff\n")).starts_with("t.toml:2:"));
}

TEST_CASE("a file that is not TOML does not hide errors elsewhere") {
  const auto loaded = load_text("[", {{{"TIDEWIRE_SERVER__PORT", "x"}}, {}});
  CHECK(loaded.errors.size() == 2);
}

TEST_CASE("a file that cannot be read is an error with the reason") {
  const temporary_folder folder;
  load_request request;
  request.file = folder.path("none.toml");
  CHECK(lines(load(request))
        == *request.file + ": cannot be read: No such file or directory");
  request.file = folder.path("");
  CHECK(lines(load(request))
        == *request.file + ": cannot be read: Is a directory");
}

TEST_CASE("all errors are reported, in the order of their lines") {
  const auto loaded = load_text("[server]\nport = \"a\"\n"
                                "[log]\nlevel = \"b\"\n"
                                "[admin]\nport = \"c\"\n"
                                "[limits]\npong_timeout = \"d\"\n");
  REQUIRE(loaded.errors.size() == 4);
  CHECK(loaded.errors[0].line == 2);
  CHECK(loaded.errors[1].line == 4);
  CHECK(loaded.errors[2].line == 6);
  CHECK(loaded.errors[3].line == 8);
}

TEST_CASE("a value that is wrong is not taken") {
  const auto loaded = load_text("[server]\nport = 70000\nreactors = 3\n");
  CHECK(loaded.settings.server.port == settings{}.server.port);
  CHECK(loaded.settings.server.reactors == 3);
}

TEST_CASE("a very long value is cut in the message") {
  const auto loaded =
      load_text("[log]\nlevel = \"" + std::string(5000, 'x') + "\"");
  CHECK(lines(loaded).size() < 300);
}

TEST_CASE("control characters of a value are escaped in the message") {
  CHECK(only_problem("[log]\nlevel = \"a\\nb\\u001b\"")
            .find("found \"a\\u000Ab\\u001B\", expected")
        != std::string::npos);
}
