#include "actors/console/ctl.hpp"

#include "actors/commands/answer.hpp"
#include "actors/console/runner.hpp"

#include <iostream>

namespace tidewire::console {

namespace {

void print_options(std::ostream& out) {
  out << "\nOptions, anywhere in the line:\n";
  for (auto& each : option_rows()) {
    auto left = std::string{each.name};
    if (!each.value.empty())
      left += ' ' + std::string{each.value};
    left.resize(std::max<std::size_t>(20, left.size() + 2), ' ');
    out << "  " << left << each.sentence << '\n';
  }
}

} // namespace

int ctl_command(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  auto taken = take_options(words);
  if (auto* no = std::get_if<std::string>(&taken)) {
    std::cerr << "tidewire ctl: " << *no << '\n';
    return exit_code(commands::status::usage);
  }
  auto& how = std::get<options>(taken);
  auto around = of_process();
  if (words.empty() && !how.help) {
    std::cerr << "tidewire ctl needs a command: tidewire ctl COMMAND [ARGS]; "
                 "tidewire ctl help lists them.\n";
    return exit_code(commands::status::usage);
  }
  auto overview = words.empty() || (words.size() == 1 && words[0] == "help");
  if (words.empty())
    words.emplace_back("help");
  auto code = run(words, how, around);
  if (overview && !how.markdown
      && how.form.value_or(around.out_is_terminal || how.help
                               ? commands::form::kind::text
                               : commands::form::kind::json)
             == commands::form::kind::text)
    print_options(std::cout);
  return code;
}

} // namespace tidewire::console
