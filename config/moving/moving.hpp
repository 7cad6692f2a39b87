/// Moving in from another server: what it was told, as assignments to our keys,
/// and a report of what became of every option. Reads the files it is told to
/// read; callable from any thread; does not throw.
#pragma once

#include "config/assignment.hpp"
#include "config/load.hpp"
#include "config/moving/finding.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidewire::config::moving {

/// What soketi would read.
struct soketi_sources {
  std::optional<std::string> file; // of `soketi start --config`
  std::map<std::string, std::string> variables;
};

struct move {
  /// For load_request::imported.
  std::vector<assignment> settings;
  std::vector<finding> findings;
  /// Files that cannot be read or understood.
  std::vector<problem> problems;
};

/// The options of soketi. Where a default of theirs lets through what ours
/// would refuse, or the other way round, theirs is taken and said.
move from_soketi(const soketi_sources& sources);

/// The `REVERB_…` variables of Laravel Reverb.
move from_reverb(const std::map<std::string, std::string>& variables);

/// The variables of a `.env` file: `KEY=value`, `export`, quotes, comments,
/// `${OTHER}`. Those of `process` are not overridden, and known to `${…}`.
std::map<std::string, std::string>
read_env_file(std::string_view text,
              const std::map<std::string, std::string>& process);

/// The names in `variables` that only soketi would obey.
std::vector<std::string>
soketi_names(const std::map<std::string, std::string>& variables);

} // namespace tidewire::config::moving
