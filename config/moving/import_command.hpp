/// `tidewire config import`: another server's configuration as a tidewire.toml.
#pragma once

#include "config/load.hpp"
#include "config/moving/finding.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace tidewire::config::moving {

struct import_options {
  std::optional<std::string> soketi_file; // JSON
  std::optional<std::string> env_file;    // `.env`
  bool environment = false;               // the variables of this process
  bool reverb = false;                    // REVERB_… instead of SOKETI_…
  bool strict = false;                    // unknown options fail
};

/// The configuration goes to `out` if it is right, the report and problems to
/// `err`. Returns the exit code (design §8).
int import_command(const import_options& options, const environment& process,
                   std::ostream& out, std::ostream& err);

/// The same from the command line; `argv[0]` is the command's own name.
int import_command(int argc, char** argv);

/// `serve --from-soketi --soketi-config FILE`: adds to a request what soketi
/// would have been told, and returns what became of it. Without either, adds
/// nothing.
std::vector<finding> add_soketi(load_request& request, bool variables,
                                const std::string& file);

} // namespace tidewire::config::moving
