#include "actors/commands/table.hpp"

#include "actors/commands/call.hpp"
#include "actors/commands/help.hpp"
#include "actors/commands/render.hpp"
#include "actors/console/options.hpp"
#include "tests/catch.hpp"

#include <fstream>
#include <iterator>
#include <set>

using namespace tidewire;
using namespace tidewire::commands;

TEST_CASE("every row of the table is whole") {
  std::set<std::string_view> names;
  for (auto& row : table()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.handler != nullptr);
    CHECK(row.sentence.ends_with('.'));
    CHECK_FALSE(row.examples.empty());
    std::set<std::string_view> arguments;
    bool optional = false;
    for (auto& each : row.arguments) {
      INFO(each.name);
      CHECK(arguments.insert(each.name).second);
      CHECK_FALSE(each.sentence.empty());
      CHECK((each.is == kind::word) == !each.words.empty());
      // What is required cannot follow what may be left out.
      CHECK_FALSE((each.positional && each.required && optional));
      optional = optional || (each.positional && !each.required);
    }
  }
}

TEST_CASE("no argument has the name of an option of the client") {
  for (auto& row : table())
    for (auto& each : row.arguments)
      if (!each.positional)
        for (auto& option : console::option_rows())
          CHECK(option.name != "--" + std::string{each.name});
}

TEST_CASE("every example of the table is a call") {
  for (auto& row : table())
    for (auto& example : row.examples) {
      INFO(example);
      auto words = split_words(example).value();
      CHECK(words.front() == row.name);
      CHECK(std::holds_alternative<console::options>(
          console::take_options(words)));
      auto parsed = parse_words(words, table());
      if (auto* no = std::get_if<answer>(&parsed))
        FAIL(no->error);
    }
}

TEST_CASE("every fallback is a value of its argument") {
  for (auto& row : table())
    for (auto& each : row.arguments)
      if (!each.fallback.empty()) {
        INFO(row.name << ' ' << each.name);
        call probe{row};
        CHECK_FALSE(probe.add(each, std::string{each.fallback}));
      }
}

TEST_CASE("help tells of every command") {
  auto all = render_text(help(table()), 200);
  for (auto& row : table()) {
    CHECK(all.find(std::string{row.sentence}) != std::string::npos);
    auto one = help(table(), row.name);
    CHECK(one.status == status::ok);
    CHECK(render_text(one).find(std::string{row.name}) != std::string::npos);
  }
  CHECK(help(table(), "stauts").status == status::not_found);
}

TEST_CASE("docs/commands.md is made of the table") {
  std::ifstream file(TIDEWIRE_DOCS_FOLDER "/commands.md");
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  INFO("write it anew: tidewire ctl help --markdown > docs/commands.md");
  CHECK((text == render_reference(table())));
}
