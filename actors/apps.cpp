#include "actors/apps.hpp"

#include "messages/lifecycle.hpp"

#include <algorithm>

namespace tidewire {

app_table::app_table(std::vector<config::app> apps) : apps_(std::move(apps)) {
  for (app_index i = 0; i < apps_.size(); ++i) {
    ids_.emplace(apps_[i].id, i);
    for (auto& pair : apps_[i].keys)
      keys_.emplace(pair.key, i);
  }
}

app_index app_table::by_key(std::string_view key) const {
  auto at = keys_.find(std::string{key});
  return at == keys_.end() ? no_app : at->second;
}

app_index app_table::by_id(std::string_view id) const {
  auto at = ids_.find(std::string{id});
  return at == ids_.end() ? no_app : at->second;
}

namespace {

std::string_view host_of(std::string_view origin) {
  if (auto scheme = origin.find("://"); scheme != std::string_view::npos)
    origin.remove_prefix(scheme + 3);
  auto port = origin.rfind(':');
  if (port != std::string_view::npos && origin.back() != ']')
    origin = origin.substr(0, port);
  return origin;
}

bool matches(std::string_view rule, std::string_view origin) {
  if (rule == "*" || rule == origin)
    return true;
  if (rule.find("://") != std::string_view::npos)
    return false;
  auto host = host_of(origin);
  if (rule.starts_with("*."))
    return host.size() > rule.size() - 1 && host.ends_with(rule.substr(1));
  return rule == host;
}

} // namespace

bool origin_allowed(const config::app& app, std::string_view origin) {
  return app.origins.empty()
         || std::any_of(app.origins.begin(), app.origins.end(),
                        [&](auto& rule) { return matches(rule, origin); });
}

} // namespace tidewire
