/// The flags that set configuration keys. Pure.
#pragma once

#include "config/load.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

/// A flag for the command line to offer; what was given goes into
/// load_request::flags.
struct flag_info {
  std::string_view flag; // `--port`
  std::string key;       // `server.port`; empty for `--set`
  std::string_view sentence;
  std::string default_value; // as TOML; empty for `--set`
};

/// Every flag of the table, and `--set KEY=VALUE`, which may be repeated and
/// reaches every key.
std::vector<flag_info> flags();

} // namespace tidewire::config
