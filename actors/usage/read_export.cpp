// Exports, read again.
#include "actors/usage/export.hpp"

#include "actors/commands/call.hpp"
#include "actors/commands/render.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace tidewire::usage {

namespace {

using rows = std::vector<exported_row>;
using rows_or_sentence = std::variant<rows, std::string>;

constexpr const char* none =
    "This is no export: it has no table \"statements\" as `usage --export` "
    "writes it.";

std::string text_of(const boost::json::value& x) {
  using commands::plain;
  using commands::unit;
  if (x.is_string())
    return std::string{x.get_string()};
  if (x.is_bool())
    return plain(x.get_bool(), unit::yes_no);
  if (x.is_int64())
    return plain(x.get_int64(), unit::count);
  if (x.is_uint64())
    return std::to_string(x.get_uint64());
  if (x.is_double())
    return plain(x.get_double(), unit::number);
  return {};
}

rows_or_sentence read_json(std::string_view text) {
  boost::json::error_code error;
  auto found = boost::json::parse({text.data(), text.size()}, error);
  if (error)
    return "This export is not whole: " + error.message() + '.';
  auto* object = found.if_object();
  auto* table = object ? object->if_contains("statements") : nullptr;
  if (!table || !table->is_array())
    return none;
  rows out;
  for (auto& each : table->get_array()) {
    auto* members = each.if_object();
    if (!members)
      return none;
    auto& row = out.emplace_back();
    for (auto& x : *members)
      row.emplace(std::string{x.key()}, text_of(x.value()));
  }
  return out;
}

// RFC 4180, a line; false at the end, also if that is within quotes.
bool read_line(std::string_view& rest, std::vector<std::string>& into) {
  into.clear();
  if (rest.empty())
    return false;
  std::string field;
  bool quoted = false;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    auto c = rest.front();
    if (quoted && c == '"' && rest.size() > 1 && rest[1] == '"') {
      field += '"';
      rest.remove_prefix(1);
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      into.push_back(std::exchange(field, {}));
    } else if (!quoted && c == '\n') {
      rest.remove_prefix(1);
      break;
    } else if (quoted || c != '\r') {
      field += c;
    }
  }
  into.push_back(std::move(field));
  return !quoted;
}

rows_or_sentence read_csv(std::string_view text) {
  std::vector<std::string> keys, fields;
  if (!read_line(text, keys) || keys.front() != "scope")
    return none;
  rows out;
  while (read_line(text, fields)) {
    if (fields.size() != keys.size())
      return "This export is not whole: row " + std::to_string(out.size() + 1)
             + " has " + std::to_string(fields.size()) + " of "
             + std::to_string(keys.size()) + " columns.";
    auto& row = out.emplace_back();
    for (std::size_t i = 0; i < keys.size(); ++i)
      row.emplace(keys[i], fields[i]);
  }
  if (!fields.empty())
    return "This export is not whole: it ends within quotes.";
  return out;
}

std::string at(const exported_row& row, const char* key) {
  auto found = row.find(key);
  return found == row.end() ? std::string{} : found->second;
}

template <class Number>
bool read(std::string_view text, Number& into, int base = 10) {
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), into, base);
  return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::variant<std::vector<exported_row>, std::string>
read_export(std::string_view text) {
  auto first = text.find_first_not_of(" \r\n\t");
  if (first == std::string_view::npos)
    return "This export is empty.";
  return text[first] == '{' ? read_json(text) : read_csv(text);
}

std::variant<exported_question, std::string>
question_of(const exported_row& row) {
  exported_question out;
  auto scope = at(row, "scope");
  auto name = at(row, "name");
  if (scope == "app") {
    out.whose = subject::app(name);
  } else if (scope == "account") {
    std::istringstream ids{at(row, "apps")};
    std::vector<std::string> apps;
    for (std::string id; ids >> id;)
      apps.push_back(id);
    out.whose = subject::account(name, apps);
  } else if (scope == "all") {
    out.whose = subject::all();
  } else {
    return "A row says nothing of whose it is (scope).";
  }
  auto from = commands::time_of(at(row, "from"), 0);
  auto to = commands::time_of(at(row, "to"), 0);
  if (!from || !to || !read(at(row, "interval_seconds"), out.when.interval))
    return "The row of " + title_of(out.whose)
           + " does not say of which time it is (from, to, "
             "interval_seconds).";
  out.when.over = {*from / 1000, *to / 1000};
  out.when.zone = at(row, "time_zone");
  out.when.so_far = at(row, "so_far") == "true";
  return out;
}

std::variant<std::vector<ledger::head>, std::string>
heads_of(const exported_row& row) {
  std::vector<ledger::head> out;
  std::istringstream texts{at(row, "heads")};
  for (std::string text; texts >> text;) {
    std::vector<std::string> parts(3);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
      auto colon = text.rfind(':');
      if (colon == std::string::npos)
        return "A head of this export cannot be read: " + text;
      *part = text.substr(colon + 1);
      text.erase(colon);
    }
    ledger::head x;
    x.who.node = text;
    auto good = read(std::string_view{parts[0]}, x.who.incarnation, 16)
                && read(std::string_view{parts[1]}, x.sequence)
                && parts[2].size() == 2 * x.link.size();
    for (std::size_t i = 0; good && i < x.link.size(); ++i)
      good = read(std::string_view{parts[2]}.substr(2 * i, 2), x.link[i], 16);
    if (!good)
      return "A head of this export cannot be read, of node " + x.who.node
             + '.';
    out.push_back(std::move(x));
  }
  return out;
}

} // namespace tidewire::usage
