#include "config/words.hpp"

#include <algorithm>

namespace tidewire::config {

std::string wrapped(std::string_view text, std::string_view prefix,
                    std::size_t width) {
  std::string result;
  std::string line(prefix);
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    if (line.size() > prefix.size() && line.size() + 1 + word.size() > width) {
      result += line + '\n';
      line = prefix;
    }
    if (line.size() > prefix.size())
      line += ' ';
    line += word;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result + line + '\n';
}

std::string capitalized(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::string counted(std::size_t count, std::string_view noun) {
  auto text = std::to_string(count) + ' ' + std::string(noun);
  return count == 1 ? text : text + 's';
}

} // namespace tidewire::config
