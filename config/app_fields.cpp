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
    {{.key = "connections_per_second",
      .sentence = "Most connections this node accepts per second; 0 = no "
                  "limit.",
      .highest = 1'000'000},
     &app::connections_per_second},
    {{.key = "publishes_per_second",
      .sentence = "Most events this node takes from publishers per second, "
                  "counted once per channel; 0 = no limit.",
      .highest = 10'000'000},
     &app::publishes_per_second},
    {{.key = "reads_per_second",
      .sentence = "Most questions this node answers per second on the HTTP "
                  "API; 0 = no limit.",
      .highest = 10'000'000},
     &app::reads_per_second},
    {{.key = "user_authentication",
      .sentence = "Whether connections may sign in as users."},
     &app::user_authentication},
    {{.key = "watchlist",
      .sentence = "Whether users are told when those they watch come and go."},
     &app::watchlist},
    {{.key = "subscription_counts",
      .sentence = "Whether clients and publishers are told how many are "
                  "subscribed to a channel."},
     &app::subscription_counts},
    {{.key = "authorized_only",
      .sentence = "Whether a connection must sign in or subscribe to a "
                  "private or presence channel to be accepted; until then it "
                  "is not counted."},
     &app::authorized_only},
    {{.key = "max_connections",
      .sentence = "Most connections at one time, a hard limit; 0 = none.",
      .highest = std::numeric_limits<std::uint32_t>::max()},
     &app::max_connections},
    {{.key = "tier",
      .sentence = "The tier whose caps hold for this app, by its name in "
                  "[[tiers]]; empty = none.",
      .rule = &rules::name_or_empty},
     &app::tier},
    {{.key = "account",
      .sentence = "The account the app belongs to, by its name in "
                  "[[accounts]]; empty = the one that lists it, if any.",
      .rule = &rules::name_or_empty},
     &app::account},
    {{.key = "internal",
      .sentence = "Whether the app is our own: measured, but not billed, and "
                  "in no account's sum."},
     &app::internal},
    {{.key = "origins",
      .sentence = "Web pages whose scripts may connect, by origin or by host; "
                  "empty = any.",
      .rule = &rules::origin},
     &app::origins},
    {{.key = "limits",
      .sentence = "Limits of this app that differ from [limits]; 0 = as "
                  "there."},
     &app::limits},
    {{.key = "webhooks",
      .sentence = "Whom to tell about what happens, one [[apps.webhooks]] "
                  "each."},
     &app::webhooks},
};

constexpr field<app_limits> app_limit_fields[] = {
    {{.key = "max_message",
      .sentence = "Largest WebSocket message taken from a client.",
      .highest = 64 * mib},
     &app_limits::max_message},
    {{.key = "channel_name",
      .sentence = "Longest name of a channel, in characters.",
      .highest = 1024},
     &app_limits::channel_name},
    {{.key = "event_name",
      .sentence = "Longest name of an event, in characters.",
      .highest = 1024},
     &app_limits::event_name},
    {{.key = "event_data",
      .sentence = "Largest data of an event, from publishers and from clients.",
      .highest = 16 * mib},
     &app_limits::event_data},
    {{.key = "channels_per_event",
      .sentence = "Most channels one published event may name.",
      .highest = 10'000},
     &app_limits::channels_per_event},
    {{.key = "events_per_batch",
      .sentence = "Most events one batch may hold.",
      .highest = 10'000},
     &app_limits::events_per_batch},
    {{.key = "presence_members",
      .sentence = "Most members of a presence channel.",
      .highest = 1'000'000},
     &app_limits::presence_members},
    {{.key = "presence_user",
      .sentence = "Largest user object of a presence channel.",
      .highest = mib},
     &app_limits::presence_user},
    {{.key = "presence_user_id",
      .sentence = "Longest user id of a presence channel, in characters.",
      .highest = 1024},
     &app_limits::presence_user_id},
    {{.key = "subscriptions_per_connection",
      .sentence = "Most channels one connection may be subscribed to.",
      .highest = 1'000'000},
     &app_limits::subscriptions_per_connection},
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

} // namespace

template <>
std::span<const field<app>> fields_of<app>() {
  return app_fields;
}

template <>
std::span<const field<app_limits>> fields_of<app_limits>() {
  return app_limit_fields;
}

template <>
std::span<const field<key_pair>> fields_of<key_pair>() {
  return key_fields;
}

} // namespace tidewire::config
