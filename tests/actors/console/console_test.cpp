#include "actors/console/completion.hpp"
#include "actors/console/options.hpp"
#include "tests/actors/commands/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::console;
using namespace tidewire::testing;
using words = std::vector<std::string>;

namespace {

words choices(std::string_view before) {
  return complete(before, small_table(),
                  [](commands::kind what) {
                    return what == commands::kind::app
                               ? words{"1", "12", "shop"}
                               : words{};
                  })
      .choices;
}

} // namespace

TEST_CASE("the first word is completed to a command") {
  CHECK(choices("") == words{"kick", "log", "quit", "status", "usage"});
  CHECK(choices("st") == words{"status"});
  CHECK(choices("  u") == words{"usage"});
  CHECK(choices("x").empty());
}

TEST_CASE("arguments are completed by name and by value") {
  CHECK(choices("usage s") == words{"shop"});
  CHECK(choices("usage 1 --s") == words{"--sample"});
  CHECK(choices("usage 1 --rule ") == words{"average", "p95", "peak"});
  CHECK(choices("usage 1 --rule p") == words{"p95", "peak"});
  CHECK(choices("log d") == words{"debug"});
  CHECK(choices("usage 1 --limit 3 --l").empty());
  CHECK(choices("unknown ").empty());
}

TEST_CASE("completion replaces the word it is about") {
  auto none = [](commands::kind) { return words{}; };
  CHECK(complete("usage 1 --sa", small_table(), none).from == 8);
  CHECK(complete("usage 1 ", small_table(), none).from == 8);
  CHECK(complete("usage 'a", small_table(), none).choices.empty());
}

TEST_CASE("several choices have a common beginning") {
  CHECK(common_prefix({"--app", "--all"}) == "--a");
  CHECK(common_prefix({"one"}) == "one");
  CHECK(common_prefix({"a", "b"}).empty());
  CHECK(common_prefix({}).empty());
}

TEST_CASE("the client's options stand anywhere and are taken out") {
  words line{"--json", "usage", "1", "--socket=/x", "--timeout", "5s", "--all"};
  auto taken = std::get<options>(take_options(line));
  CHECK(line == words{"usage", "1", "--all"});
  CHECK(taken.form == commands::form::kind::json);
  CHECK(taken.socket == "/x");
  CHECK(taken.timeout == std::chrono::seconds{5});
}

TEST_CASE("behind two dashes the client takes nothing") {
  words line{"usage", "--", "--json"};
  auto taken = std::get<options>(take_options(line));
  CHECK(line == words{"usage", "--", "--json"});
  CHECK_FALSE(taken.form);
}

TEST_CASE("the client's options are checked") {
  for (words line : {words{"--socket"}, words{"--json=1"},
                     words{"--timeout", "soon"}, words{"--timeout", "0s"}}) {
    INFO(line.front());
    CHECK(std::holds_alternative<std::string>(take_options(line)));
  }
}
