/// From file, environment and flags to settings. Pure but for reading the
/// files it is told to read; callable from any thread; does not throw.
#pragma once

#include "config/assignment.hpp"
#include "config/settings.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

using environment = std::map<std::string, std::string>;

/// The variables of a process: pass `environ`.
environment read_environment(const char* const* variables);

/// One flag of the command line: {"--port", "7000"}, or {"--set",
/// "limits.pong_timeout=10s"}. Which flags there are is in config/flags.hpp.
struct flag_value {
  std::string flag;
  std::string value;
};

/// What load() reads: later members win over earlier ones, and among the flags
/// the later ones.
struct load_request {
  /// What another server was told (config/moving), in our terms.
  std::vector<assignment> imported;
  /// What was wrong with that; load() reports it with the rest.
  std::vector<problem> imported_problems;
  /// A TOML file; without one, the defaults stand.
  std::optional<std::string> file;
  /// `TIDEWIRE_SECTION__KEY`, `TIDEWIRE_APPS__0__ID`, `TIDEWIRE_DATA_DIR`; with
  /// `_FILE` behind the name the value is read from the file named. Empty is
  /// the same as unset. Other names are ignored.
  config::environment environment;
  std::vector<flag_value> flags;
  /// Names that begin with `TIDEWIRE_`, resemble a key, but are read elsewhere,
  /// so that load() does not call them unknown.
  std::vector<std::string> other_variables;
};

struct load_result {
  config::settings settings; // not to be used when there are errors
  std::vector<problem> errors;
  std::vector<problem> warnings;
  origin_map origins;

  bool ok() const { return errors.empty(); }

  /// Whether anybody set this key (`server.host`), be it to its default.
  bool given(std::string_view key) const {
    return origins.find(key) != origins.end();
  }
};

/// Reads, converts and validates. Every problem is reported, not only the
/// first; the one exception is a file that is not TOML, of which only its first
/// syntax error is known. An unknown key is a warning in a file and in the
/// environment, so that a node can go back one version with the file of the
/// newer one; in a flag, which someone has just typed, it is an error.
load_result load(const load_request& request);

} // namespace tidewire::config
