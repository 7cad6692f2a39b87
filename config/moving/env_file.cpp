// `.env` files, as the dotenv libraries of Node and PHP read them.
#include "config/moving/moving.hpp"

#include <algorithm>

namespace tidewire::config::moving {

namespace {

using variables = std::map<std::string, std::string>;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The text with `${NAME}` replaced, an unknown one by nothing; in double
/// quotes a backslash makes `n` a line end and any other letter itself.
std::string expanded(std::string_view text, const variables& known,
                     bool quoted) {
  std::string result;
  while (!text.empty()) {
    const auto close =
        text.starts_with("${") ? text.find('}') : std::string_view::npos;
    if (quoted && text.size() > 1 && text.front() == '\\') {
      result += text[1] == 'n' ? '\n' : text[1];
      text.remove_prefix(2);
    } else if (close != std::string_view::npos) {
      const auto found = known.find(std::string(text.substr(2, close - 2)));
      if (found != known.end())
        result += found->second;
      text.remove_prefix(close + 1);
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

/// Where a quoted text ends; behind an escaped quote it does not.
std::size_t end_of(std::string_view text, char quote) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"')
      ++i;
    else if (text[i] == quote)
      return i;
  }
  return std::string_view::npos;
}

std::string value_of(std::string_view text, const variables& known) {
  const char first = text.empty() ? '\0' : text.front();
  if (first == '"' || first == '\'' || first == '`') {
    const auto end = end_of(text, first);
    if (end != std::string_view::npos) {
      const auto inner = text.substr(1, end - 1);
      return first == '"' ? expanded(inner, known, true) : std::string(inner);
    }
  }
  if (first == '#')
    return {};
  const auto comment = std::min(text.find(" #"), text.size());
  return expanded(trimmed(text.substr(0, comment)), known, false);
}

} // namespace

variables read_env_file(std::string_view text, const variables& process) {
  auto known = process;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("export "))
      line = trimmed(line.substr(7));
    const auto sign = line.find('=');
    if (line.starts_with('#') || sign == std::string_view::npos)
      continue;
    const std::string name(trimmed(line.substr(0, sign)));
    if (process.find(name) == process.end())
      known[name] = value_of(trimmed(line.substr(sign + 1)), known);
  }
  return known;
}

} // namespace tidewire::config::moving
