// What `tidewire ctl` and a line of the console take beside a command. Pure.
#pragma once

#include "actors/commands/form.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire::console {

/// One row of the client's own options. No argument of a command has such a
/// name, because these may stand anywhere in a line.
struct option_row {
  std::string_view name;  ///< `--json`
  std::string_view value; ///< what stands for it in help; empty: a flag
  std::string_view sentence;
};

const std::vector<option_row>& option_rows();

struct options {
  std::optional<commands::form::kind> form; ///< without: by where it goes
  std::string socket;                       ///< empty: that of data_dir
  std::string url;                          ///< empty: the socket
  std::string token_file;
  std::string config_file;
  std::string data_dir;
  std::chrono::milliseconds timeout{60'000}; ///< of silence
  bool help = false;
  bool markdown = false;
};

/// Takes the options out of `words`; what is left is the command with its
/// arguments. A sentence says what is wrong. Behind `--` nothing is one.
std::variant<options, std::string> take_options(std::vector<std::string>& words,
                                                options base = {});

} // namespace tidewire::console
