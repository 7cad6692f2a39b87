#include "config/env_reader.hpp"

#include "config/read_file.hpp"
#include "config/schema.hpp"

#include <algorithm>

namespace tidewire::config {

namespace {

constexpr std::string_view file_suffix = "_FILE";

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// `APPS__0__ID` → `apps`, `0`, `id`.
std::vector<std::string> path_in(std::string_view name) {
  std::vector<std::string> path;
  for (;;) {
    const auto end = std::min(name.find("__"), name.size());
    std::string step(name.substr(0, end));
    std::transform(step.begin(), step.end(), step.begin(), lower);
    path.push_back(std::move(step));
    if (end == name.size())
      return path;
    name.remove_prefix(end + 2);
  }
}

/// Kubernetes tells every pod of a namespace about a service called
/// "tidewire": TIDEWIRE_PORT=tcp://10.0.0.7:6001, TIDEWIRE_SERVICE_HOST, ….
bool is_service_link(std::string_view name, std::string_view value) {
  const auto rest = name.substr(variable_prefix.size());
  return rest.starts_with("SERVICE_") || value.starts_with("tcp://")
         || value.starts_with("udp://")
         || (rest.starts_with("PORT_") && rest.size() > 5 && rest[5] >= '0'
             && rest[5] <= '9');
}

/// Numbers by size, so that item 2 comes before item 10.
bool earlier(const assignment& left, const assignment& right) {
  return std::lexicographical_compare(
      left.path.begin(), left.path.end(), right.path.begin(), right.path.end(),
      [](const std::string& a, const std::string& b) {
        if (is_index(a) && is_index(b) && a.size() != b.size())
          return a.size() < b.size();
        return a < b;
      });
}

std::string without_line_end(std::string text) {
  for (const char end : {'\n', '\r'})
    if (!text.empty() && text.back() == end)
      text.pop_back();
  return text;
}

} // namespace

environment read_environment(const char* const* variables) {
  environment result;
  for (; variables != nullptr && *variables != nullptr; ++variables) {
    const std::string_view each(*variables);
    const auto end = each.find('=');
    if (end != std::string_view::npos)
      result.emplace(each.substr(0, end), each.substr(end + 1));
  }
  return result;
}

std::string variable_of(std::string_view key) {
  std::string name(variable_prefix);
  for (const char c : key) {
    if (c == '.' || c == '[')
      name += "__";
    else if (c != ']')
      name += upper(c);
  }
  return name;
}

std::vector<assignment> read_variables(const load_request& request,
                                       report& problems) {
  std::vector<assignment> result;
  const auto& others = request.other_variables;
  for (const auto& [name, value] : request.environment) {
    if (!name.starts_with(variable_prefix) || value.empty()
        || is_service_link(name, value)
        || std::find(others.begin(), others.end(), name) != others.end())
      continue;
    assignment each;
    each.from = {origin::source::environment, name, 0};
    each.path = path_in(std::string_view(name).substr(variable_prefix.size()));
    each.value.text = value;
    if (name.ends_with(file_suffix) && entry_of(each.path) == nullptr) {
      const auto direct = name.substr(0, name.size() - file_suffix.size());
      const auto path =
          path_in(std::string_view(direct).substr(variable_prefix.size()));
      if (entry_of(path) != nullptr) {
        each.path = path;
        const auto other = request.environment.find(direct);
        if (other != request.environment.end() && !other->second.empty()) {
          problems.add(grade::error, each.from, key_of(path),
                       direct + " is set, too; unset one of them");
          continue;
        }
        auto content = read_file(value);
        if (content.error) {
          problems.add(grade::error, each.from, key_of(path),
                       "cannot read " + in_quotes(value) + ": "
                           + content.error.message());
          continue;
        }
        each.value.text = without_line_end(std::move(content.text));
      }
    }
    result.push_back(std::move(each));
  }
  std::stable_sort(result.begin(), result.end(), earlier);
  return result;
}

} // namespace tidewire::config
