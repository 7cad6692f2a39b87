// The part of the table (config/fields.hpp) that is about apps.
#include "config/fields.hpp"

namespace tidewire::config {

namespace {

constexpr field<app> app_fields[] = {
    {{.key = "id",
      .sentence = "The app's id, in the paths of the HTTP API and in metrics.",
      .rule = &rules::app_id},
     &app::id},
    {{.key = "keys",
      .sentence = "Its keys and secrets; several while rotating. The first "
                  "signs webhooks.",
      .inline_items = true},
     &app::keys},
    {{.key = "enabled",
      .sentence = "Whether the app takes connections and events."},
     &app::enabled},
    {{.key = "client_events",
      .sentence = "Whether clients may send events to each other on private "
                  "and presence channels."},
     &app::client_events},
    {{.key = "client_events_per_second",
      .sentence = "Most client events per second and connection; 0 = no limit.",
      .highest = 1'000'000},
     &app::client_events_per_second},
    {{.key = "user_authentication",
      .sentence = "Whether connections may sign in as users.",
      .not_in_effect = true},
     &app::user_authentication},
    {{.key = "watchlist",
      .sentence = "Whether users are told when those they watch come and go.",
      .not_in_effect = true},
     &app::watchlist},
    {{.key = "subscription_counts",
      .sentence = "Whether clients and publishers are told how many are "
                  "subscribed to a channel."},
     &app::subscription_counts},
    {{.key = "authorized_only",
      .sentence = "Whether a connection must sign in or subscribe to a "
                  "private channel to be kept.",
      .not_in_effect = true},
     &app::authorized_only},
    {{.key = "max_connections",
      .sentence = "Most connections at one time, a hard limit; 0 = none.",
      .highest = std::numeric_limits<std::uint32_t>::max(),
      .not_in_effect = true},
     &app::max_connections},
    {{.key = "tier",
      .sentence = "The tier of the app, by name; empty = none.",
      .rule = &rules::name_or_empty,
      .not_in_effect = true},
     &app::tier},
    {{.key = "origins",
      .sentence = "Web pages whose scripts may connect, by origin or by host; "
                  "empty = any.",
      .rule = &rules::origin},
     &app::origins},
    {{.key = "webhooks",
      .sentence = "Whom to tell about what happens, one [[apps.webhooks]] "
                  "each.",
      .not_in_effect = true},
     &app::webhooks},
};

constexpr field<key_pair> key_fields[] = {
    {{.key = "key",
      .sentence = "What clients and publishers name the app by.",
      .rule = &rules::key},
     &key_pair::key},
    {{.key = "secret",
      .sentence = "What signs; keep it from clients.",
      .rule = &rules::secret,
      .secret = true},
     &key_pair::secret},
};

constexpr field<webhook> webhook_fields[] = {
    {{.key = "url",
      .sentence = "Where the events are posted to.",
      .rule = &rules::http_url,
      .example = "http://127.0.0.1:9999/hook"},
     &webhook::url},
    {{.key = "events",
      .sentence = "The events it is told about.",
      .choices = rules::webhook_events},
     &webhook::events},
};

} // namespace

template <>
std::span<const field<app>> fields_of<app>() {
  return app_fields;
}

template <>
std::span<const field<key_pair>> fields_of<key_pair>() {
  return key_fields;
}

template <>
std::span<const field<webhook>> fields_of<webhook>() {
  return webhook_fields;
}

} // namespace tidewire::config
