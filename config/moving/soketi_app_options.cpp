// The part of the table that is about an app of soketi.
#include "config/moving/option.hpp"

#include <algorithm>
#include <string>

namespace tidewire::config::moving {

namespace {

constexpr option app_options[] = {
    {"id", "DEFAULT_APP_ID", "id"},
    {"key", "DEFAULT_APP_KEY", "keys[0].key"},
    {"secret", "DEFAULT_APP_SECRET", "keys[0].secret"},
    {"enabled", "DEFAULT_APP_ENABLED", "enabled", reading::flag},
    {"maxConnections", "DEFAULT_APP_MAX_CONNS", "max_connections",
     reading::limit},
    {"enableClientMessages", "DEFAULT_APP_ENABLE_CLIENT_MESSAGES",
     "client_events", reading::flag},
    {"maxClientEventsPerSecond", "DEFAULT_APP_MAX_CLIENT_EVENTS_PER_SEC",
     "client_events_per_second", reading::limit},
    {"maxBackendEventsPerSecond", "DEFAULT_APP_MAX_BACKEND_EVENTS_PER_SEC",
     "publishes_per_second", reading::limit},
    {"maxReadRequestsPerSecond", "DEFAULT_APP_MAX_READ_REQ_PER_SEC",
     "reads_per_second", reading::limit},
    {"enableUserAuthentication", "DEFAULT_APP_USER_AUTHENTICATION",
     "user_authentication", reading::flag},
    {"webhooks", "DEFAULT_APP_WEBHOOKS", "webhooks", reading::own_way},
    {"maxPresenceMembersPerChannel", "", "limits.presence_members",
     reading::count},
    {"maxPresenceMemberSizeInKb", "", "limits.presence_user",
     reading::kilobytes},
    {"maxChannelNameLength", "", "limits.channel_name", reading::count},
    {"maxEventChannelsAtOnce", "", "limits.channels_per_event", reading::count},
    {"maxEventNameLength", "", "limits.event_name", reading::count},
    {"maxEventPayloadInKb", "", "limits.event_data", reading::kilobytes},
    {"maxEventBatchSize", "", "limits.events_per_batch", reading::count},
    // What soketi works out for itself, and shows when it lists its apps.
    {"hasClientEventWebhooks", "", "", reading::flag,
     "it follows from the webhooks"},
    {"hasChannelOccupiedWebhooks", "", "", reading::flag,
     "it follows from the webhooks"},
    {"hasChannelVacatedWebhooks", "", "", reading::flag,
     "it follows from the webhooks"},
    {"hasMemberAddedWebhooks", "", "", reading::flag,
     "it follows from the webhooks"},
    {"hasMemberRemovedWebhooks", "", "", reading::flag,
     "it follows from the webhooks"},
    {"hasCacheMissedWebhooks", "", "", reading::flag,
     "it follows from the webhooks"},
};

/// Small letters only: `max_connections` and `MaxConnections` alike.
std::string letters(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (c != '_')
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

} // namespace

std::span<const option> soketi_app_options() {
  return app_options;
}

std::string_view soketi_app_option_of(std::string_view spelling) {
  auto text = letters(spelling);
  if (text == "appid" || text == "appkey" || text == "appsecret")
    text.erase(0, 3);
  const auto same = [&](const option& each) {
    const auto name = letters(each.path);
    return name == text || (text.ends_with("persec") && name == text + "ond")
           || (text == "maxreadreqpersec"
               && name == "maxreadrequestspersecond");
  };
  const auto* found =
      std::find_if(std::begin(app_options), std::end(app_options), same);
  return found == std::end(app_options) ? std::string_view{} : found->path;
}

} // namespace tidewire::config::moving
