/// `tidewire apps env`: what to tell the other side about an app.
#pragma once

#include "config/load.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace tidewire::config::moving {

enum class snippet { laravel, node, js };

struct apps_env_options {
  std::string app; // its id, or one of its keys
  std::vector<snippet> snippets;
  // Where clients find the server, where that is not what it listens on.
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  std::optional<bool> tls;
};

/// The snippets go to `out`, problems to `err`. Returns the exit code
/// (design §8).
int apps_env(const apps_env_options& options, const load_request& request,
             std::ostream& out, std::ostream& err);

/// The command `tidewire apps`; `argv[0]` is its own name.
int apps_command(int argc, char** argv);

} // namespace tidewire::config::moving
