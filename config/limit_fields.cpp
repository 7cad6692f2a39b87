#include "config/durations.hpp"
#include "config/fields.hpp"

namespace tidewire::config {

namespace {

constexpr field<limit_settings> limit_fields[] = {
    {{.key = "activity_timeout",
      .sentence = "Silence of a client after which it is pinged; clients are "
                  "told it, in whole seconds.",
      .lowest = second,
      .highest = day},
     &limit_settings::activity_timeout},
    {{.key = "pong_timeout",
      .sentence = "Time a pinged client has to answer before it is closed.",
      .lowest = 100,
      .highest = hour},
     &limit_settings::pong_timeout},
    {{.key = "handshake_timeout",
      .sentence = "Time from the TCP connection to the end of the WebSocket "
                  "handshake.",
      .lowest = 100,
      .highest = hour},
     &limit_settings::handshake_timeout},
    {{.key = "authorization_timeout",
      .sentence = "Time a connection has to sign in or to subscribe to a "
                  "private channel, where the app demands it "
                  "(authorized_only).",
      .lowest = 100,
      .highest = hour},
     &limit_settings::authorization_timeout},
    {{.key = "permit_wait",
      .sentence = "How long a handshake waits for a permit of another node, in "
                  "a cluster, before it is refused with 4100 "
                  "(apps.max_connections).",
      .lowest = 10,
      .highest = 2 * second},
     &limit_settings::permit_wait},
    {{.key = "timestamp_skew",
      .sentence = "How far the clock of an HTTP publisher may be off ours.",
      .lowest = second,
      .highest = day},
     &limit_settings::timestamp_skew},
    {{.key = "max_message",
      .sentence = "Largest WebSocket message taken from a client.",
      .lowest = kib,
      .highest = 64 * mib},
     &limit_settings::max_message},
    {{.key = "max_outbox",
      .sentence = "Most bytes that may wait for one client; one that reads "
                  "slower than that is closed.",
      .lowest = kib,
      .highest = gib},
     &limit_settings::max_outbox},
    {{.key = "max_http_header",
      .sentence = "Largest head of an HTTP request.",
      .lowest = kib,
      .highest = mib},
     &limit_settings::max_http_header},
    {{.key = "max_http_body",
      .sentence = "Largest body of an HTTP request.",
      .lowest = kib,
      .highest = 64 * mib},
     &limit_settings::max_http_body},
    {{.key = "channel_name",
      .sentence = "Longest name of a channel, in characters.",
      .lowest = 1,
      .highest = 1024},
     &limit_settings::channel_name},
    {{.key = "event_name",
      .sentence = "Longest name of an event, in characters.",
      .lowest = 1,
      .highest = 1024},
     &limit_settings::event_name},
    {{.key = "event_data",
      .sentence = "Largest data of an event, from publishers and from clients.",
      .lowest = 1,
      .highest = 16 * mib},
     &limit_settings::event_data},
    {{.key = "channels_per_event",
      .sentence = "Most channels one published event may name.",
      .lowest = 1,
      .highest = 10'000},
     &limit_settings::channels_per_event},
    {{.key = "events_per_batch",
      .sentence = "Most events one batch may hold.",
      .lowest = 1,
      .highest = 10'000},
     &limit_settings::events_per_batch},
    {{.key = "presence_members",
      .sentence = "Most members of a presence channel.",
      .lowest = 1,
      .highest = 1'000'000},
     &limit_settings::presence_members},
    {{.key = "presence_user",
      .sentence = "Largest user object of a presence channel.",
      .lowest = 1,
      .highest = mib},
     &limit_settings::presence_user},
    {{.key = "presence_user_id",
      .sentence = "Longest user id of a presence channel, in characters.",
      .lowest = 1,
      .highest = 1024},
     &limit_settings::presence_user_id},
    {{.key = "cache_ttl",
      .sentence = "Time for which a cache channel keeps its last event.",
      .lowest = second,
      .highest = day},
     &limit_settings::cache_ttl},
    {{.key = "subscriptions_per_connection",
      .sentence = "Most channels one connection may be subscribed to; 0 = no "
                  "limit.",
      .highest = 1'000'000},
     &limit_settings::subscriptions_per_connection},
    {{.key = "max_connections",
      .sentence = "Most connections of this node at one time, of all apps; "
                  "0 = no limit.",
      .highest = std::numeric_limits<std::uint32_t>::max()},
     &limit_settings::max_connections},
    {{.key = "accepts_per_second",
      .sentence = "Most sockets this node takes from the kernel per second; "
                  "the others wait there, unless its queue (server.backlog) "
                  "is nearly full; 0 = no limit.",
      .highest = 1'000'000},
     &limit_settings::accepts_per_second},
    {{.key = "connections_per_second",
      .sentence = "Most connections this node accepts per second, of all apps; "
                  "0 = no limit.",
      .highest = 1'000'000},
     &limit_settings::connections_per_second},
    {{.key = "publishes_per_second",
      .sentence = "Most events this node takes from publishers per second, of "
                  "all apps, counted once per channel; 0 = no limit.",
      .highest = 10'000'000},
     &limit_settings::publishes_per_second},
    {{.key = "reads_per_second",
      .sentence = "Most questions this node answers per second on the HTTP "
                  "API, of all apps; 0 = no limit.",
      .highest = 10'000'000},
     &limit_settings::reads_per_second},
    {{.key = "connections_per_address",
      .sentence = "Most connections of one client address at one time, an IPv6 "
                  "network of 64 bits being one; 0 = no limit.",
      .highest = 1'000'000},
     &limit_settings::connections_per_address},
    {{.key = "pending_per_address",
      .sentence = "Most sockets of one address that have neither finished a "
                  "handshake nor signed a request; 0 = no limit.",
      .highest = 1'000'000},
     &limit_settings::pending_per_address},
};

} // namespace

template <>
std::span<const field<limit_settings>> fields_of<limit_settings>() {
  return limit_fields;
}

} // namespace tidewire::config
