#include "config/problem.hpp"

namespace tidewire::config {

std::string to_string(const origin& where) {
  switch (where.from) {
  case origin::source::file:
    return where.line == 0 ? where.name
                           : where.name + ':' + std::to_string(where.line);
  case origin::source::environment:
    return "environment " + where.name;
  case origin::source::flag:
    return "flag " + where.name;
  case origin::source::request:
    return "request";
  case origin::source::imported:
    return where.name;
  case origin::source::built_in:
    break;
  }
  return "default";
}

std::string to_string(const problem& what) {
  std::string text = what.file;
  if (what.line != 0)
    text += ':' + std::to_string(what.line);
  if (what.column != 0)
    text += ':' + std::to_string(what.column);
  for (const auto& part : {what.key, what.message}) {
    if (!text.empty() && !part.empty())
      text += ": ";
    text += part;
  }
  return text;
}

} // namespace tidewire::config
