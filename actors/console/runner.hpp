// Runs one command against a server and shows its answer.
#pragma once

#include "actors/console/options.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace tidewire::console {

/// What of its surroundings a run depends on.
struct surroundings {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t width = 80; ///< of the terminal
};

/// Those of this process: its standard streams.
surroundings of_process();

/// `words` are a command and its arguments. Answers go to `out`; errors too,
/// as JSON, or to `err` for people. Returns the exit code (design §8). help
/// needs no server.
int run(const std::vector<std::string>& words, const options& how,
        const surroundings& around);

} // namespace tidewire::console
