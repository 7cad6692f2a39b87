/// What was given: a JSON file and variables as a list of options with values.
/// Internal to config/moving/.
#pragma once

#include "config/moving/finding.hpp"
#include "config/moving/option.hpp"
#include "config/problem.hpp"

#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config::moving {

/// One option as somebody gave it.
struct given {
  std::string name; // as it was written
  boost::json::value value;
  std::string text; // of a variable, as it was written
  origin from;
};

/// The path in soketi's options, indices as steps → what was given last.
using given_options = std::map<std::string, given>;

/// The path below which soketi's options hold the apps.
inline constexpr std::string_view apps_path = "appManager.array.apps";

/// Adds the options of a file's text. What is not an option becomes a finding,
/// what is not JSON a problem.
void read_soketi_json(std::string_view text, const std::string& file,
                      given_options& all, std::vector<finding>& findings,
                      std::vector<problem>& problems);

/// Adds the options of the `SOKETI_…` variables, which win over a file's.
void read_soketi_variables(const std::map<std::string, std::string>& variables,
                           given_options& all, std::vector<finding>& findings);

/// A variable's value as soketi reads it: JSON where it is JSON, else text.
boost::json::value value_of_variable(std::string_view text);

/// `; did you mean SOKETI_PORT?`, or nothing.
std::string meant(std::string_view wrong,
                  const std::vector<std::string>& candidates);

} // namespace tidewire::config::moving
