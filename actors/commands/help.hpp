// What the table says about itself. Pure.
#pragma once

#include "actors/commands/answer.hpp"
#include "actors/commands/command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidewire::commands {

/// All commands, a line each.
answer help(const std::vector<command>& table);

/// One of them, or an answer that says that there is none.
answer help(const std::vector<command>& table, std::string_view name);

/// All of it as Markdown: docs/commands.md.
std::string render_reference(const std::vector<command>& table);

} // namespace tidewire::commands
