#include "config/moving/source.hpp"

#include "config/suggest.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/parser.hpp>

#include <algorithm>

namespace tidewire::config::moving {

namespace json = boost::json;

namespace {

constexpr std::string_view soketi_prefix = "SOKETI_";
constexpr std::string_view app_prefix = "DEFAULT_APP_";

bool is_inside(std::string_view path, std::string_view parent) {
  return path.starts_with(parent)
         && (path.size() == parent.size() || path[parent.size()] == '.');
}

/// Sets an option; what stood there, or below it, has been in vain.
void set(const std::string& path, given option, given_options& all,
         std::vector<finding>& findings) {
  for (auto each = all.lower_bound(path);
       each != all.end() && each->first.starts_with(path);) {
    if (!is_inside(each->first, path)) {
      ++each;
      continue;
    }
    findings.push_back({finding::fate::ignored, each->second.name,
                        option.name + " is set, too, and wins"});
    each = all.erase(each);
  }
  all[path] = std::move(option);
}

class flattener {
public:
  flattener(const std::string& file, given_options& all,
            std::vector<finding>& findings)
      : file_(file), all_(all), findings_(findings) {}

  void walk(const std::string& path, const json::value& value) {
    if (is_inside(path, apps_path))
      return app(path, value);
    if (is_leaf(path))
      return keep(path, value);
    const auto* object = value.if_object();
    if (object == nullptr || !has_below(path)) {
      findings_.push_back({finding::fate::unknown, path,
                           "no option of soketi" + meant(path, paths())});
      return;
    }
    for (const auto& [key, inner] : *object)
      walk(path + '.' + std::string(key), inner);
  }

private:
  void keep(const std::string& path, const json::value& value) {
    set(path, {path, value, {}, {origin::source::file, file_, 0}}, all_,
        findings_);
  }

  /// The list, an app by its number, or an option of it: one level is made of
  /// all, so that a later one amends what an earlier one said.
  void app(const std::string& path, const json::value& value) {
    if (path == apps_path && value.is_array()) {
      std::size_t index = 0;
      for (const auto& item : value.get_array())
        app(path + '.' + std::to_string(index++), item);
    } else if (const auto* object = value.if_object();
               object != nullptr
               && std::count(path.begin() + apps_path.size(), path.end(), '.')
                      < 2) {
      for (const auto& [key, inner] : *object)
        app(path + '.' + std::string(key), inner);
    } else {
      keep(path, value);
    }
  }

  static std::vector<std::string> paths() {
    std::vector<std::string> result{std::string(apps_path)};
    for (const auto& each : soketi_options())
      if (!each.path.empty())
        result.emplace_back(each.path);
    return result;
  }

  static bool is_leaf(std::string_view path) {
    const auto all = soketi_options();
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& each) { return each.path == path; });
  }

  static bool has_below(std::string_view path) {
    const auto all = paths();
    return std::any_of(all.begin(), all.end(), [&](const auto& each) {
      return each != path && is_inside(each, path);
    });
  }

  const std::string& file_;
  given_options& all_;
  std::vector<finding>& findings_;
};

int line_at(std::string_view text, std::size_t end) {
  return 1
         + static_cast<int>(std::count(
             text.begin(), text.begin() + std::min(end, text.size()), '\n'));
}

std::string variable_name(std::string_view variable) {
  return std::string(soketi_prefix) + std::string(variable);
}

/// Where in soketi's options a variable belongs; empty for none.
std::string path_of_variable(std::string_view variable) {
  for (const auto& each : soketi_app_options())
    if (!each.variable.empty() && each.variable == variable)
      return std::string(apps_path) + ".0." + std::string(each.path);
  for (const auto& each : soketi_options())
    if (each.variable == variable)
      return std::string(each.path);
  return {};
}

std::vector<std::string> variable_names() {
  std::vector<std::string> result;
  for (const auto& table : {soketi_options(), soketi_app_options()})
    for (const auto& each : table)
      if (!each.variable.empty())
        result.push_back(variable_name(each.variable));
  return result;
}

} // namespace

std::string meant(std::string_view wrong,
                  const std::vector<std::string>& candidates) {
  auto near = nearest(wrong, candidates);
  // `maxConnections` instead of `appManager.array…`: the last step may do.
  for (const auto& each : candidates)
    if (!near && each.size() > wrong.size() && each.ends_with(wrong)
        && each[each.size() - wrong.size() - 1] == '.')
      near = each;
  return near ? "; did you mean " + *near + '?' : std::string{};
}

json::value value_of_variable(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return error ? json::value(json::string(text)) : value;
}

void read_soketi_json(std::string_view text, const std::string& file,
                      given_options& all, std::vector<finding>& findings,
                      std::vector<problem>& problems) {
  json::parser parser;
  boost::system::error_code error;
  const auto taken = parser.write_some(text, error);
  if (error
      || text.find_first_not_of(" \t\r\n", taken) != std::string_view::npos) {
    const auto reason =
        error ? error.message() : std::string("it goes on after its end");
    problems.push_back(
        {file, line_at(text, taken), 0, {}, "is not JSON: " + reason});
    return;
  }
  const auto root = parser.release();
  if (!root.is_object()) {
    problems.push_back(
        {file, 1, 0, {}, "expected an object: { \"port\": 6001, … }"});
    return;
  }
  flattener flat{file, all, findings};
  for (const auto& [key, value] : root.get_object())
    flat.walk(std::string(key), value);
}

void read_soketi_variables(const std::map<std::string, std::string>& variables,
                           given_options& all, std::vector<finding>& findings) {
  for (const auto& [name, text] : variables) {
    if (!name.starts_with(soketi_prefix))
      continue;
    const auto variable = std::string_view(name).substr(soketi_prefix.size());
    const auto path = path_of_variable(variable);
    const auto rows = soketi_options();
    const auto known =
        std::find_if(rows.begin(), rows.end(), [&](const auto& each) {
          return each.variable == variable;
        });
    if (path.empty() && known == rows.end()) {
      const auto hint = meant(name, variable_names());
      findings.push_back(
          {finding::fate::unknown, name, "no variable of soketi" + hint});
    } else if (text.empty()) {
      findings.push_back({finding::fate::ignored, name,
                          "it is empty, which is the same as not set"});
    } else if (path.empty()) {
      findings.push_back(
          {finding::fate::ignored, name, std::string(known->remark)});
    } else {
      set(path,
          {name,
           value_of_variable(text),
           text,
           {origin::source::environment, name, 0}},
          all, findings);
    }
  }
}

} // namespace tidewire::config::moving
