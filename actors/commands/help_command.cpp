// help: the table about itself.
#include "actors/commands/help.hpp"
#include "actors/commands/request.hpp"
#include "actors/commands/table.hpp"

namespace tidewire::commands {

command help_command() {
  return {"help",
          role::read,
          "Lists the commands, or tells of one.",
          "",
          {{"command", kind::command, "the command to tell of", true}},
          {"help", "help conns"},
          [](const request& who) {
            auto& name = who.arguments().text("command");
            who.reply(name.empty() ? help(table()) : help(table(), name));
          }};
}

} // namespace tidewire::commands
