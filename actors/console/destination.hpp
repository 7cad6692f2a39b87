// Where the server is that a command goes to.
#pragma once

#include "actors/console/options.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace tidewire::console {

struct destination {
  std::string socket; ///< a path; empty: host and port
  std::string host;
  std::uint16_t port = 0;
  std::string token;
  std::string why; ///< how it was chosen, for whoever does not find it there
};

/// Reads the configuration as `serve` does, unless the options say it all, and
/// the token. A sentence says why there is none, with an exit code.
struct no_destination {
  std::string sentence;
  int exit_code;
};

std::variant<destination, no_destination> find_server(const options& given);

} // namespace tidewire::console
