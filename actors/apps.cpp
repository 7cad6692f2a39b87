#include "actors/apps.hpp"

#include "messages/lifecycle.hpp"

#include <algorithm>

namespace tidewire {

void app_table::contents::list(app_index at) {
  ids.emplace(apps[at].id, at);
  for (auto& pair : apps[at].keys)
    keys.emplace(pair.key, at);
}

app_table::app_table(std::vector<config::app> apps) {
  auto fresh = std::make_shared<contents>();
  fresh->apps = std::move(apps);
  for (app_index i = 0; i < fresh->apps.size(); ++i)
    fresh->list(i);
  it_ = std::move(fresh);
}

app_table app_table::with(std::vector<config::app> apps) const {
  auto fresh = std::make_shared<contents>();
  fresh->apps = it_->apps;
  for (auto& each : fresh->apps)
    each.enabled = false; // unless it is still one of them
  for (auto& each : apps) {
    auto at = by_id(each.id);
    if (at == no_app) {
      at = static_cast<app_index>(fresh->apps.size());
      fresh->apps.emplace_back();
    }
    fresh->apps[at] = std::move(each);
    fresh->list(at);
  }
  app_table result;
  result.it_ = std::move(fresh);
  return result;
}

app_index app_table::by_key(std::string_view key) const {
  auto at = it_->keys.find(std::string{key});
  return at == it_->keys.end() ? no_app : at->second;
}

app_index app_table::by_id(std::string_view id) const {
  auto at = it_->ids.find(std::string{id});
  return at == it_->ids.end() ? no_app : at->second;
}

namespace {

std::string_view host_in(std::string_view origin) {
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
  auto host = host_in(origin);
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
