#include "config/toml_reader.hpp"

#include <sstream>

#include <toml++/toml.h>

namespace tidewire::config {

namespace {

int line_of(const toml::source_region& region) {
  return static_cast<int>(region.begin.line);
}

raw_value raw_of(const toml::node& node) {
  raw_value value;
  value.line = line_of(node.source());
  if (const auto* text = node.as_string()) {
    value.is = raw_value::form::text;
    value.text = text->get();
  } else if (const auto* number = node.as_integer()) {
    value.is = raw_value::form::integer;
    value.number = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    value.is = raw_value::form::boolean;
    value.flag = flag->get();
  } else if (node.is_table()) {
    value.is = raw_value::form::table;
  } else if (const auto* array = node.as_array()) {
    value.is = node.is_array_of_tables() ? raw_value::form::tables
                                         : raw_value::form::list;
    value.count = array->size();
    for (const auto& item : *array)
      if (!item.is_table())
        value.items.push_back(raw_of(item));
  } else {
    value.is = raw_value::form::other;
    std::ostringstream out;
    node.visit([&out](const auto& each) { out << each; });
    value.text = out.str();
  }
  return value;
}

class flattener {
public:
  explicit flattener(std::string name) : name_(std::move(name)) {}

  void table(const toml::table& table, const std::vector<std::string>& path) {
    for (const auto& [key, node] : table) {
      auto inner = path;
      inner.emplace_back(key.str());
      // A key's own line is where people look; a value may begin below it.
      const auto line = line_of(key.source());
      add(node, inner, line != 0 ? line : line_of(node.source()));
    }
  }

  std::vector<assignment> take() { return std::move(result_); }

private:
  void add(const toml::node& node, const std::vector<std::string>& path,
           int line) {
    auto value = raw_of(node);
    const auto form = value.is;
    result_.push_back(
        {path, std::move(value), {origin::source::file, name_, line}});
    if (form == raw_value::form::table) {
      table(*node.as_table(), path);
    } else if (form == raw_value::form::tables) {
      std::size_t index = 0;
      for (const auto& item : *node.as_array()) {
        auto inner = path;
        inner.push_back(std::to_string(index++));
        add(item, inner, line_of(item.source()));
      }
    }
  }

  std::string name_;
  std::vector<assignment> result_;
};

/// The parser quotes what it saw, the end of a line as well.
std::string one_line(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n')
      result += "\\n";
    else if (code < 0x20 || code == 0x7f)
      ((result += "\\u00") += hex[code >> 4U]) += hex[code & 0xfU];
    else
      result += c;
  }
  return result;
}

} // namespace

std::variant<std::vector<assignment>, problem>
read_toml(std::string_view document, const std::string& name) {
  // toml++ throws where it is built with exceptions, as Debian builds it; this
  // is the edge at which they become values.
  try {
    const toml::table root = toml::parse(document);
    flattener flat{name};
    flat.table(root, {});
    return flat.take();
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    return problem{name,
                   static_cast<int>(at.line),
                   static_cast<int>(at.column),
                   {},
                   one_line(error.description())};
  }
}

} // namespace tidewire::config
