#include "config/reload.hpp"

#include "config/schema.hpp"

#include <algorithm>

namespace tidewire::config {

namespace {

const app* find(const std::vector<app>& apps, const std::string& id) {
  const auto at = std::find_if(apps.begin(), apps.end(),
                               [&](const app& each) { return each.id == id; });
  return at == apps.end() ? nullptr : &*at;
}

/// A schema's places can be written to: it wants copies.
void compare_app(app before, app after, std::vector<change>& changes) {
  const auto old = members_of(&before);
  const auto now = members_of(&after);
  for (std::size_t i = 0; i < now.size(); ++i)
    if (!equal(old[i].where, now[i].where))
      changes.push_back(
          {"apps." + after.id + '.' + std::string(now[i].what->key)});
}

/// Any app can come, change and go while the server runs.
void compare_apps(const std::vector<app>& before, const std::vector<app>& after,
                  std::vector<change>& changes) {
  for (const auto& each : after) {
    if (const auto* old = find(before, each.id))
      compare_app(*old, each, changes);
    else
      changes.push_back({"apps." + each.id});
  }
  for (const auto& each : before)
    if (find(after, each.id) == nullptr)
      changes.push_back({"apps." + each.id});
}

/// `to` and `from` are places of the same field in two settings.
void assign(const place& to, const place& from) {
  const auto copy = [](const auto& target, const auto& source) {
    std::visit(
        [&](auto* value) { *value = *std::get<decltype(value)>(source); },
        target);
  };
  std::visit(
      [&](const auto& target) {
        copy(target, std::get<std::decay_t<decltype(target)>>(from));
      },
      to);
}

void walk(record running, record fresh, const std::string& prefix,
          std::vector<change>& changes) {
  const auto into = members_of(running);
  const auto from = members_of(fresh);
  for (std::size_t i = 0; i < into.size(); ++i) {
    const auto& [what, where] = into[i];
    const auto key = prefix + std::string(what->key);
    if (equal(where, from[i].where))
      continue;
    if (const auto* inner = std::get_if<record>(&where)) {
      walk(*inner, std::get<record>(from[i].where), key + '.', changes);
      continue;
    }
    const auto* list = std::get_if<record_list>(&where);
    if (list != nullptr && std::holds_alternative<std::vector<app>*>(*list))
      compare_apps(
          *std::get<std::vector<app>*>(*list),
          *std::get<std::vector<app>*>(std::get<record_list>(from[i].where)),
          changes);
    else
      changes.push_back({key, what->needs_restart});
    if (!what->needs_restart)
      assign(where, from[i].where);
  }
}

} // namespace

std::string_view outcome_of(const change& what) {
  return what.needs_restart ? "needs restart" : "applied";
}

reloaded_settings take_over(const settings& running, const settings& fresh) {
  reloaded_settings result{running, {}};
  auto source = fresh;
  walk(&result.settings, &source, {}, result.changes);
  return result;
}

} // namespace tidewire::config
