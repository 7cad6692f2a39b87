// From soketi's options to ours.
#include "config/moving/soketi_apps.hpp"
#include "config/read_file.hpp"

#include <algorithm>

namespace tidewire::config::moving {

namespace {

const option* row_of(std::string_view path) {
  const auto rows = soketi_options();
  const auto found = std::find_if(
      rows.begin(), rows.end(), [&](auto& each) { return each.path == path; });
  return found == rows.end() ? nullptr : &*found;
}

/// soketi sends all its origins in one header, which browsers understand only
/// when there is one.
void take_origin(const option& row, const given& what, translator& to) {
  const auto* list = what.value.if_array();
  if (list == nullptr)
    return to.take(row, what, row.key);
  if (list->size() != 1)
    return to.ignore(what.name, "browsers understand one origin or *; give it "
                                "as server.cors_origin");
  to.take(row, {what.name, list->front(), {}, what.from}, row.key);
}

void take_options(const given_options& all, translator& to) {
  for (const auto& [path, what] : all) {
    const auto* row = row_of(path);
    if (row == nullptr)
      continue; // an app's
    if (path == "debug") {
      if (flag_of(what).value_or(false))
        to.set(row->key, text_value("debug"), what);
      else
        to.ignore(what.name, "log.level is \"info\" anyway");
    } else if (path == "cors.origin") {
      take_origin(*row, what, to);
    } else if (!path.starts_with("webhooks.")) { // which are of the apps
      to.take(*row, what, row->key);
    }
  }
}

/// With a certificate soketi speaks TLS, and nothing else, on its one port.
void assume_tls(translator& to) {
  const auto* file = to.value_of("tls.certificate");
  if (file == nullptr || file->text.empty())
    return;
  constexpr std::string_view why = "soketi has one port, and with a "
                                   "certificate it speaks only TLS there";
  to.assume("tls.same_port", flag_value_of(true), why);
  to.assume("tls.required", flag_value_of(true), why);
}

} // namespace

move from_soketi(const soketi_sources& sources) {
  translator to{"soketi's default"};
  given_options all;
  auto& result = to.result();
  if (sources.file) {
    const auto content = read_file(*sources.file);
    if (content.error)
      result.problems.push_back({*sources.file,
                                 0,
                                 0,
                                 {},
                                 "cannot be read: " + content.error.message()});
    else
      read_soketi_json(content.text, *sources.file, all, result.findings,
                       result.problems);
  }
  read_soketi_variables(sources.variables, all, result.findings);
  take_options(all, to);
  assume_tls(to);
  const auto apps = take_soketi_apps(all, to);
  take_soketi_batching(all, apps, to);
  take_soketi_limits(apps, to);
  return std::move(to).finish();
}

std::vector<std::string>
soketi_names(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> result;
  for (const auto& [name, value] : variables)
    if (name.starts_with("SOKETI_"))
      result.push_back(name);
  return result;
}

} // namespace tidewire::config::moving
