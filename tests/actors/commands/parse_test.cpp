#include "tests/actors/commands/support.hpp"

#include "tests/catch.hpp"

#include <stdexcept>

using namespace tidewire;
using namespace tidewire::testing;
using namespace std::chrono_literals;
using commands::status;

namespace {

commands::parsed_call target(std::string_view path, std::string_view query) {
  return commands::parse_target(path, query, small_table());
}

status status_of(const commands::parsed_call& what) {
  return std::get<commands::answer>(what).status;
}

} // namespace

TEST_CASE("options may stand anywhere, with a blank or with an equals sign") {
  for (auto* line : {"usage 1 --limit 3 --all", "usage --limit=3 1 --all",
                     "usage --all --limit 3 1"}) {
    INFO(line);
    auto call = called(line);
    CHECK(call.text("app") == "1");
    CHECK(call.count("limit") == 3);
    CHECK(call.flag("all"));
  }
}

TEST_CASE("a positional argument may be given by its name") {
  CHECK(called("usage --app 1").text("app") == "1");
  CHECK(refused(parsed("usage 1 --app 2")) == "APP was given twice.");
}

TEST_CASE("what is not given has its fallback, or nothing") {
  auto call = called("usage 1");
  CHECK(call.duration("sample") == 60s);
  CHECK(call.has("sample"));
  CHECK_FALSE(call.given("sample"));
  CHECK_FALSE(call.has("from"));
  CHECK(call.text("from").empty());
  CHECK_FALSE(call.flag("all"));
}

TEST_CASE("an unknown command is told with what was perhaps meant") {
  CHECK(status_of(parsed("stauts")) == status::not_found);
  CHECK(refused(parsed("stauts"))
        == "There is no command \"stauts\"; did you mean \"status\"?");
  CHECK(refused(parsed("xyz")) == "There is no command \"xyz\".");
  CHECK(status_of(parsed("")) == status::usage);
}

TEST_CASE("an unknown argument is told with what was perhaps meant") {
  CHECK(status_of(parsed("usage 1 --form now")) == status::usage);
  CHECK(refused(parsed("usage 1 --form now"))
        == "usage has no argument \"--form\"; did you mean \"--from\"?");
  CHECK(refused(parsed("usage 1 --bananas 3"))
        == "usage has no argument \"--bananas\".");
}

TEST_CASE("a wrong value is told with what is expected") {
  CHECK(refused(parsed("usage 1 --limit 11"))
        == "--limit: found \"11\", expected a whole number from 1 to 10.");
  CHECK_FALSE(refused(parsed("usage 1 --limit 10")).size());
  CHECK_FALSE(refused(parsed("usage 1 --limit 1")).size());
  for (auto* wrong :
       {"--limit 0", "--limit -1", "--limit 1.5", "--limit ''", "--limit x",
        "--limit 99999999999999999999", "--from yesterday", "--from 2026-02-30",
        "--sample 60", "--rule mean", "--growth -5%", "--growth nan",
        "--growth 5%%"}) {
    INFO(wrong);
    CHECK(status_of(parsed(std::string{"usage 1 "} + wrong)) == status::usage);
  }
  CHECK(status_of(parsed("kick abc")) == status::usage);
}

TEST_CASE("what is missing or too much is told") {
  CHECK(refused(parsed("usage"))
            .starts_with("usage needs APP, an app's id or a key of it: "
                         "usage APP "));
  CHECK(refused(parsed("usage 1 --limit"))
        == "--limit needs a value: a whole number from 1 to 10.");
  CHECK(refused(parsed("usage 1 --all=yes")) == "--all takes no value.");
  CHECK(refused(parsed("status now"))
        == "There is nothing for \"now\" to be: status");
  CHECK(refused(parsed("usage 1 --limit 1 --limit 2"))
        == "--limit was given twice.");
}

TEST_CASE("only what may be repeated keeps several values") {
  auto call = called("usage 1 --tag a --tag b --all --all");
  CHECK(call.texts("tag") == std::vector<std::string>{"a", "b"});
  CHECK(call.texts("rule").empty());
}

TEST_CASE("behind two dashes nothing is an option") {
  CHECK(called("usage -- --all").text("app") == "--all");
  CHECK_FALSE(called("usage -- --all").flag("all"));
}

TEST_CASE("percentages are read with and without their sign") {
  CHECK(called("usage 1 --growth 12.5%").number("growth") == 12.5);
  CHECK(called("usage 1 --growth 12.5").number("growth") == 12.5);
}

TEST_CASE("asking for an argument that the row does not have is a defect") {
  auto call = called("usage 1");
  CHECK_THROWS_AS(call.text("nothing"), std::logic_error);
  CHECK_THROWS_AS(call.count("app"), std::logic_error);
}

TEST_CASE("a target is a command, its positional arguments and a query") {
  auto parsed =
      target("usage/my%20app", "from=2026-11-01T10%3A00Z&all&tag=a+b&tag=c");
  auto& call = std::get<commands::call>(parsed);
  CHECK(call.text("app") == "my app");
  CHECK(call.time("from", 0) == 1793527200000);
  CHECK(call.flag("all"));
  CHECK(call.texts("tag") == std::vector<std::string>{"a b", "c"});
  CHECK(std::get<commands::call>(target("usage", "app=1")).text("app") == "1");
  CHECK_FALSE(
      std::get<commands::call>(target("usage/1", "all=false")).flag("all"));
}

TEST_CASE("a wrong target is refused like a wrong line") {
  CHECK(status_of(target("stauts", "")) == status::not_found);
  CHECK(status_of(target("", "")) == status::not_found);
  CHECK(refused(target("usage/1", "form=now"))
        == "usage has no argument \"form\"; did you mean \"from\"?");
  CHECK(status_of(target("usage/1/2", "")) == status::usage);
  CHECK(status_of(target("usage/1", "app=2")) == status::usage);
  CHECK(status_of(target("usage/1", "all=perhaps")) == status::usage);
}

TEST_CASE("the target of a call says the same call") {
  auto line = "usage 'a b/c&d=e' --from 2026-11-01T10:00Z --all --tag 'ü?' "
              "--tag %41 --growth 5%";
  auto call = called(line);
  auto sent = commands::target_of(call);
  auto mark = sent.find('?');
  auto back = target(std::string_view{sent}.substr(0, mark),
                     std::string_view{sent}.substr(mark + 1));
  CHECK(std::get<commands::call>(back).line() == call.line());
  CHECK(commands::target_of(called("status")) == "status");
}

TEST_CASE("giving an argument that operates makes the call one that does") {
  CHECK(called("log").role() == commands::role::read);
  CHECK(called("log debug").role() == commands::role::operate);
  CHECK(called("kick 1.2").role() == commands::role::operate);
}

TEST_CASE("a line is split as a shell would") {
  using words = std::vector<std::string>;
  CHECK(commands::split_words("  a  b\t'c d' \"e 'f'\" g\\ h i''j ''")
        == words{"a", "b", "c d", "e 'f'", "g h", "ij", ""});
  CHECK(commands::split_words("") == words{});
  CHECK_FALSE(commands::split_words("a 'b"));
  CHECK_FALSE(commands::split_words("a \"b"));
}

TEST_CASE("the log says a call as a shell would have it") {
  CHECK(called("usage 'my app' --tag \"it's\" --all").line()
        == "usage 'my app' --all --tag 'it'\\''s'");
}

TEST_CASE("times are dates, instants, now, or so long ago") {
  auto at = [](std::string_view text) { return commands::time_of(text, 5000); };
  CHECK(at("1970-01-01") == 0);
  CHECK(at("1970-01-01T00:00:01Z") == 1000);
  CHECK(at("1970-01-01T00:00:01.250") == 1250);
  CHECK(at("1970-01-01 01:00") == 3'600'000);
  CHECK(at("now") == 5000);
  CHECK(at("-2s") == 3000);
  CHECK(at("2024-02-29") == 1709164800000);
  for (auto* wrong :
       {"", "2026", "2026-11", "2026-13-01", "2023-02-29", "2026-11-31",
        "2026-11-01T", "2026-11-01T24:00", "2026-11-01T10:60",
        "2026-11-01T10:00:60", "2026-11-01T10:00+01:00", "2026-11-01x", "-5",
        "--2s", "tomorrow", "2026-1-1"}) {
    INFO(wrong);
    CHECK_FALSE(at(wrong));
  }
}
