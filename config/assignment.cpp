#include "config/assignment.hpp"

namespace tidewire::config {

std::string shown(const raw_value& value) {
  constexpr std::size_t longest = 80;
  switch (value.is) {
  case raw_value::form::loose:
  case raw_value::form::text:
    if (value.text.size() > longest)
      return in_quotes(value.text.substr(0, longest)) + "…";
    return in_quotes(value.text);
  case raw_value::form::integer:
    return std::to_string(value.number);
  case raw_value::form::boolean:
    return value.flag ? "true" : "false";
  case raw_value::form::list:
    return value.items.empty() ? "an empty list" : "a list";
  case raw_value::form::tables:
    return "a list of tables";
  case raw_value::form::table:
    return "a table";
  case raw_value::form::other:
    break;
  }
  return value.text;
}

std::vector<std::string> path_of(std::string_view key) {
  std::vector<std::string> path(1);
  for (const char c : key) {
    if (c == '.' || c == '[')
      path.emplace_back();
    else if (c != ']')
      path.back() += c;
  }
  return path;
}

std::string in_quotes(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (code < 0x20 || code == 0x7f) {
      result += "\\u00";
      result += hex[code >> 4U];
      result += hex[code & 0xfU];
    } else {
      result += c;
    }
  }
  return result += '"';
}

} // namespace tidewire::config
