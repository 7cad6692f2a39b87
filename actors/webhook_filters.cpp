#include "actors/webhook_filters.hpp"

#include <algorithm>

namespace tidewire {

namespace {

using pusher::webhook_kind;

constexpr webhook_kind kinds[] = {
    webhook_kind::channel_occupied,  webhook_kind::channel_vacated,
    webhook_kind::member_added,      webhook_kind::member_removed,
    webhook_kind::client_event,      webhook_kind::cache_miss,
    webhook_kind::subscription_count};

webhook_filters::endpoint compile(const config::webhook& what) {
  webhook_filters::endpoint out;
  out.url = what.url;
  for (auto kind : kinds)
    if (std::find(what.events.begin(), what.events.end(), name_of(kind))
        != what.events.end())
      out.kinds |= 1u << static_cast<unsigned>(kind);
  out.channels = what.channels;
  out.rules = {what.batch, what.batch_interval.count(), what.batch_events,
               what.batch_bytes};
  return out;
}

} // namespace

bool webhook_filters::endpoint::wants_channel(
    std::string_view name) const noexcept {
  return channels.empty()
         || std::any_of(channels.begin(), channels.end(), [&](auto& pattern) {
              return pusher::matches_pattern(pattern, name);
            });
}

void webhook_filters::configure(const app_table& apps) {
  by_app_.assign(apps.size(), {});
  any_ = false;
  for (app_index i = 0; i < apps.size(); ++i) {
    if (apps.by_id(apps[i].id) != i)
      continue; // it was deleted
    for (auto& one : apps[i].webhooks) {
      by_app_[i].push_back(compile(one));
      any_ = true;
    }
  }
}

const std::vector<webhook_filters::endpoint>&
webhook_filters::of(app_index app) const noexcept {
  static const std::vector<endpoint> none;
  return app < by_app_.size() ? by_app_[app] : none;
}

const webhook_filters::endpoint*
webhook_filters::find(app_index app, std::string_view url) const noexcept {
  for (auto& e : of(app))
    if (e.url == url)
      return &e;
  return nullptr;
}

webhook_state::interest
webhook_filters::interest_in(const channel_key& channel) const {
  webhook_state::interest out{false, false};
  for (auto& e : of(channel.app)) {
    if (!e.wants_channel(channel.name))
      continue;
    out.occupancy |= e.wants(webhook_kind::channel_occupied)
                     || e.wants(webhook_kind::channel_vacated);
    out.members |= e.wants(webhook_kind::member_added)
                   || e.wants(webhook_kind::member_removed);
  }
  return out;
}

} // namespace tidewire
