#include "actors/console/completion.hpp"

#include "actors/commands/call.hpp"
#include "actors/console/options.hpp"

#include <algorithm>

namespace tidewire::console {

namespace {

using commands::argument;
using commands::command;
using commands::kind;

std::vector<std::string> values_of(const argument& what,
                                   const std::vector<command>& table,
                                   const known_values& known) {
  std::vector<std::string> out;
  if (what.is == kind::word)
    out.assign(what.words.begin(), what.words.end());
  else if (what.is == kind::command)
    for (auto& each : table)
      out.emplace_back(each.name);
  else if (what.is == kind::app)
    out = known(what.is);
  return out;
}

// The option whose value the next word is.
const argument* expects_value(const command& row, const std::string& word) {
  if (!word.starts_with("--") || word.find('=') != std::string::npos)
    return nullptr;
  auto* found = find(row, std::string_view{word}.substr(2));
  return found && !found->positional && found->is != kind::flag ? found
                                                                : nullptr;
}

// The positional argument that the next word is, after these.
const argument* next_positional(const command& row,
                                const std::vector<std::string>& words) {
  std::size_t taken = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (expects_value(row, words[i]))
      ++i;
    else if (!words[i].starts_with("--"))
      ++taken;
  }
  for (auto& each : row.arguments)
    if (each.positional && (taken-- == 0 || each.repeated))
      return &each;
  return nullptr;
}

std::vector<std::string> candidates(const std::vector<std::string>& words,
                                    const std::string& last,
                                    const std::vector<command>& table,
                                    const known_values& known) {
  std::vector<std::string> out;
  if (words.empty()) {
    for (auto& each : table)
      out.emplace_back(each.name);
    out.emplace_back("quit");
    return out;
  }
  auto* row = find(table, words.front());
  if (!row)
    return out;
  if (auto* option = expects_value(*row, words.back());
      words.size() > 1 && option)
    return values_of(*option, table, known);
  if (auto* next = next_positional(*row, words))
    out = values_of(*next, table, known);
  if (!last.empty() && last.front() != '-' && !out.empty())
    return out;
  for (auto& each : row->arguments) {
    auto name = "--" + std::string{each.name};
    if (!each.positional
        && (each.repeated
            || std::find(words.begin(), words.end(), name) == words.end()))
      out.push_back(std::move(name));
  }
  if (last.starts_with("--"))
    for (auto& each : {"--json", "--csv", "--help"})
      out.emplace_back(each);
  return out;
}

} // namespace

completion complete(std::string_view before, const std::vector<command>& table,
                    const known_values& known) {
  completion out;
  auto words = commands::split_words(before);
  if (!words)
    return out; // within quotes
  std::string last;
  auto space = before.empty() || before.back() == ' ' || before.back() == '\t';
  if (!space && !words->empty()) {
    last = std::move(words->back());
    words->pop_back();
  }
  out.from = before.size() - std::min(before.size(), last.size());
  for (auto& each : candidates(*words, last, table, known))
    if (each.starts_with(last))
      out.choices.push_back(std::move(each));
  std::sort(out.choices.begin(), out.choices.end());
  return out;
}

std::string common_prefix(const std::vector<std::string>& choices) {
  if (choices.empty())
    return {};
  auto out = choices.front();
  for (auto& each : choices) {
    auto [end, ignored] =
        std::mismatch(out.begin(), out.end(), each.begin(), each.end());
    out.erase(end, out.end());
  }
  return out;
}

} // namespace tidewire::console
