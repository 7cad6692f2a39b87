#include "config/command.hpp"

#include "config/render.hpp"
#include "tests/catch.hpp"
#include "tests/config/support.hpp"

#include <sstream>

using namespace tidewire::config;
using namespace tidewire::config::test;

namespace {

struct outcome {
  int code;
  std::string out;
  std::string err;
};

outcome run(std::string_view verb, const load_request& request = {},
            const command_options& options = {}) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = config_command(verb, request, options, out, err);
  return {code, out.str(), err.str()};
}

outcome check(std::string_view toml, bool strict = false) {
  const temporary_folder folder;
  load_request request;
  request.file = folder.write("t.toml", toml);
  command_options options;
  options.strict = strict;
  auto result = run("check", request, options);
  for (auto* text : {&result.out, &result.err})
    for (;;) {
      const auto at = text->find(*request.file);
      if (at == std::string::npos)
        break;
      text->replace(at, request.file->size(), "t.toml");
    }
  return result;
}

} // namespace

TEST_CASE("check of a right file exits 0 and says so") {
  const auto result = check("server.port = 7\n");
  CHECK(result.code == 0);
  CHECK(result.out == "t.toml: ok\n");
  CHECK(result.err.empty());
}

TEST_CASE("check of a wrong file exits 1 with every problem and a count") {
  const auto result = check("server.port = \"a\"\nlog.level = 5\nbad = 1\n");
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  CHECK(result.err
        == "error: t.toml:1: server.port: found \"a\", expected a whole number "
           "(0 to 65535)\n"
           "error: t.toml:2: log.level: found 5, expected one of \"trace\", "
           "\"debug\", \"info\", \"warn\", \"error\", \"critical\", \"off\"\n"
           "warning: t.toml:3: bad: unknown key\n"
           "t.toml: 2 errors, 1 warning\n");
}

TEST_CASE("check passes a warning, check --strict does not") {
  const auto lenient = check("server.prot = 1\n");
  CHECK(lenient.code == 0);
  CHECK(lenient.out == "t.toml: ok, 1 warning\n");
  CHECK(lenient.err
        == "warning: t.toml:1: server.prot: unknown key; did you mean "
           "\"port\"?\n");
  const auto strict = check("server.prot = 1\n", true);
  CHECK(strict.code == 1);
  CHECK(strict.out.empty());
  CHECK(strict.err.ends_with(
      "t.toml: 1 warning, which --strict does not pass\n"));
  CHECK(check("", true).code == 0);
}

TEST_CASE("check of a file that is not there exits 1") {
  load_request request;
  const temporary_folder folder;
  request.file = folder.path("none.toml");
  CHECK(run("check", request).code == 1);
}

TEST_CASE("a wrong flag is a matter of usage and exits 2") {
  load_request request;
  request.flags = {{"--set", "server.prot=7"}};
  CHECK(run("check", request).code == 2);
  CHECK(run("show", request).code == 2);
  CHECK(exit_code(load(request)) == 2);
  request.flags = {{"--port", "x"}};
  CHECK(run("check", request).code == 2);
}

TEST_CASE("an unknown verb exits 2 and is told the known ones") {
  const auto result = run("shw");
  CHECK(result.code == 2);
  CHECK(result.err
        == "tidewire config: found \"shw\", expected one of check, show, "
           "default, doc, import\n");
  CHECK(result.out.empty());
}

TEST_CASE("default and doc print what is shipped") {
  const auto defaults = run("default");
  CHECK(defaults.code == 0);
  CHECK(defaults.out == render_default_toml());
  const auto doc = run("doc");
  CHECK(doc.code == 0);
  CHECK(doc.out == render_reference());
}

TEST_CASE("show of a wrong configuration shows its errors only") {
  load_request request;
  request.environment = {{"TIDEWIRE_SERVER__PORT", "x"}};
  const auto result = run("show", request);
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  CHECK(result.err.starts_with("error: TIDEWIRE_SERVER__PORT: server.port: "));
}
