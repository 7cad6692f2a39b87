// What a line of the console may go on with. Pure.
#pragma once

#include "actors/commands/command.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::console {

/// What may stand in the place of the line's last word, and where that begins.
struct completion {
  std::size_t from = 0;
  std::vector<std::string> choices;
};

/// Values that only the server knows: the ids of apps.
using known_values = std::function<std::vector<std::string>(commands::kind)>;

/// `before` is the line up to the cursor: names of commands, then arguments by
/// name and, where they are known, by value.
completion complete(std::string_view before,
                    const std::vector<commands::command>& table,
                    const known_values& known);

/// The longest text that all choices begin with.
std::string common_prefix(const std::vector<std::string>& choices);

} // namespace tidewire::console
