#include "actors/commands/command.hpp"

#include "actors/commands/argument.hpp"

#include <algorithm>

namespace tidewire::commands {

const command* find(const std::vector<command>& table, std::string_view name) {
  auto at = std::find_if(table.begin(), table.end(),
                         [&](auto& each) { return each.name == name; });
  return at == table.end() ? nullptr : &*at;
}

const argument* find(const command& in, std::string_view name) {
  auto at = std::find_if(in.arguments.begin(), in.arguments.end(),
                         [&](auto& each) { return each.name == name; });
  return at == in.arguments.end() ? nullptr : &*at;
}

std::string synopsis(const command& of) {
  std::string out{of.name};
  for (auto& each : of.arguments) {
    auto text = spelled(each);
    if (!each.positional && each.is != kind::flag)
      text += ' ' + placeholder(each);
    if (each.repeated)
      text += " …";
    out += each.required ? ' ' + text : " [" + text + ']';
  }
  return out;
}

} // namespace tidewire::commands
