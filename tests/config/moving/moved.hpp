/// soketi's options, taken over: what the tests of it ask.
#pragma once

#include "config/load.hpp"
#include "config/moving/moving.hpp"
#include "tests/catch.hpp"
#include "tests/config/support.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace tidewire::config::moving::test {

/// What an import came to, and the configuration that it makes.
struct moved {
  move from;
  load_result to;

  const settings& all() const { return to.settings; }

  const finding* about(std::string_view name) const {
    const auto found =
        std::find_if(from.findings.begin(), from.findings.end(),
                     [&](const finding& each) { return each.name == name; });
    return found == from.findings.end() ? nullptr : &*found;
  }

  std::string fate_of(std::string_view name) const {
    const auto* found = about(name);
    return found == nullptr ? "not told" : std::string(to_string(found->is));
  }

  std::string text_of(std::string_view name) const {
    const auto* found = about(name);
    return found == nullptr ? "not told" : found->text;
  }
};

inline moved loaded(move from) {
  load_request request;
  request.imported = from.settings;
  request.imported_problems = from.problems;
  return {std::move(from), load(request)};
}

inline moved
from_variables(const std::map<std::string, std::string>& variables) {
  return loaded(from_soketi({std::nullopt, variables}));
}

inline moved
from_json(std::string_view json,
          const std::map<std::string, std::string>& variables = {}) {
  const config::test::temporary_folder folder;
  return loaded(from_soketi({folder.write("soketi.json", json), variables}));
}

inline app first_app(const moved& all) {
  REQUIRE(all.to.ok());
  REQUIRE_FALSE(all.all().apps.empty());
  return all.all().apps.front();
}

} // namespace tidewire::config::moving::test
