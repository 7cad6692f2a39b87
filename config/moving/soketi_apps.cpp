#include "config/moving/soketi_apps.hpp"

#include "config/schema.hpp"
#include "config/settings.hpp"

#include <algorithm>
#include <map>

namespace tidewire::config::moving {

namespace {

/// An option of an app → what was given.
using given_app = std::map<std::string, given>;

std::vector<std::string> option_names() {
  std::vector<std::string> result;
  for (const auto& each : soketi_app_options())
    result.emplace_back(each.path);
  return result;
}

const option& app_row(std::string_view path) {
  const auto rows = soketi_app_options();
  return *std::find_if(rows.begin(), rows.end(),
                       [&](auto& each) { return each.path == path; });
}

/// Their apps by number; what is not an option of an app becomes a finding.
std::map<std::size_t, given_app> apps_of(const given_options& all,
                                         translator& to) {
  std::map<std::size_t, given_app> apps;
  const auto parent = std::string(apps_path) + '.';
  for (const auto& [path, what] : all) {
    if (path == apps_path)
      to.ignore(what.name, "expected a list of apps");
    if (!path.starts_with(parent))
      continue;
    const auto rest = path.substr(parent.size());
    const auto dot = std::min(rest.find('.'), rest.size());
    const auto number = rest.substr(0, dot);
    const auto name = rest.substr(std::min(dot + 1, rest.size()));
    if (!is_index(number) || name.empty()) {
      to.unknown(what.name, "expected an app: { \"id\": …, \"key\": …, "
                            "\"secret\": … }");
      continue;
    }
    const auto known = soketi_app_option_of(name);
    if (known.empty())
      to.unknown(what.name,
                 "no option of an app of soketi" + meant(name, option_names()));
    else if (what.value.is_null() || text_of(what).empty())
      to.ignore(what.name, "it is empty, which is the same as not set");
    else
      apps[std::stoul(number)][std::string(known)] = what;
  }
  return apps;
}

/// soketi closes the connections of such an app that neither sign in nor join
/// a private channel.
void take_sign_in(const option& row, const given& what, const std::string& app,
                  translator& to) {
  to.take(row, what, app + '.' + std::string(row.key));
  if (flag_of(what).value_or(false))
    to.assume(app + ".authorized_only", flag_value_of(true),
              "soketi closes connections that do not sign in");
}

void take_app(const given_app& from, const std::string& app, translator& to) {
  for (const auto& [path, what] : from) {
    const auto& row = app_row(path);
    if (path == "webhooks")
      take_soketi_webhooks(what, app, to);
    else if (path == "enableUserAuthentication")
      take_sign_in(row, what, app, to);
    else
      to.take(row, what, app + '.' + std::string(row.key));
  }
  to.assume(app + ".id", text_value("app-id"));
  to.assume(app + ".keys[0].key", text_value(demo_key));
  to.assume(app + ".keys[0].secret", text_value(demo_secret));
  to.assume(app + ".client_events", flag_value_of(false));
  to.assume(app + ".client_events_per_second", count_value(0));
  to.assume(app + ".user_authentication", flag_value_of(false));
}

bool has_database(const given_options& all) {
  const auto driver = all.find("appManager.driver");
  return driver != all.end() && text_of(driver->second) != "array";
}

} // namespace

std::size_t take_soketi_apps(const given_options& all, translator& to) {
  auto apps = apps_of(all, to);
  if (apps.empty() && !has_database(all))
    apps[0]; // soketi's default app
  const origin from{origin::source::imported, "soketi", 0};
  to.list("apps", apps.size(), from);
  std::size_t index = 0;
  for (const auto& [number, options] : apps) {
    const auto app = "apps[" + std::to_string(index++) + ']';
    to.list(app + ".keys", 1, from);
    take_app(options, app, to);
  }
  return apps.size();
}

} // namespace tidewire::config::moving
