/// `tidewire config check|show|default|doc`.
#pragma once

#include "config/load.hpp"

#include <iosfwd>
#include <string_view>

namespace tidewire::config {

struct command_options {
  bool strict = false;       // check: warnings fail, too
  bool show_secrets = false; // show: secrets as they are
};

/// Runs one verb: results go to `out`, problems to `err`. `default` and `doc`
/// read nothing. Returns the exit code (design §8): 0 ok, 1 the configuration
/// is wrong, 2 the command line is: an unknown verb, or a flag's value.
int config_command(std::string_view verb, const load_request& request,
                   const command_options& options, std::ostream& out,
                   std::ostream& err);

/// What a program that needs the configuration exits with: 0 when it can be
/// used, 2 when a flag is wrong, 1 otherwise.
int exit_code(const load_result& loaded);

/// Writes what load() found, a line each: `error: tidewire.toml:12: …`.
void print_problems(const load_result& loaded, std::ostream& err);

} // namespace tidewire::config
