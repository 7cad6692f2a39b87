// The part of the table (config/fields.hpp) that is about webhooks.
#include "config/durations.hpp"
#include "config/fields.hpp"

namespace tidewire::config {

namespace {

constexpr field<webhook_settings> webhook_settings_fields[] = {
    {{.key = "delay",
      .sentence = "How long channel_vacated and member_removed wait for the "
                  "client to come back, in which case neither is sent.",
      .highest = 3 * second,
      .needs_restart = true},
     &webhook_settings::delay},
    {{.key = "settle",
      .sentence = "Time after a start in which clients may return before what "
                  "was announced as occupied is announced as vacated.",
      .highest = 10 * minute,
      .needs_restart = true},
     &webhook_settings::settle},
    {{.key = "lost_after",
      .sentence = "In a cluster: how long nobody is told that those are gone "
                  "who were with a node that is silent, and not proved dead.",
      .highest = hour,
      .needs_restart = true},
     &webhook_settings::lost_after},
    {{.key = "connect_timeout",
      .sentence = "Time an endpoint has to take a connection, TLS included.",
      .lowest = 100,
      .highest = minute,
      .needs_restart = true},
     &webhook_settings::connect_timeout},
    {{.key = "timeout",
      .sentence = "Time an endpoint has to answer; then the try has failed.",
      .lowest = 100,
      .highest = 5 * minute,
      .needs_restart = true},
     &webhook_settings::timeout},
    {{.key = "retry_for",
      .sentence = "How long a webhook is tried, after 1, 2, 4 ... seconds, "
                  "before it is a dead letter; 0s = once.",
      .highest = day,
      .needs_restart = true},
     &webhook_settings::retry_for},
    {{.key = "connections",
      .sentence = "Most requests at one time to one endpoint. Those about one "
                  "channel are in order, one after the other.",
      .lowest = 1,
      .highest = 64,
      .needs_restart = true},
     &webhook_settings::connections},
    {{.key = "max_queue",
      .sentence = "Most webhooks of one app that may wait; more are dead "
                  "letters at once.",
      .lowest = 1,
      .highest = 10'000'000,
      .needs_restart = true},
     &webhook_settings::max_queue},
    {{.key = "max_dead",
      .sentence = "Most dead letters kept of one app; the oldest go first.",
      .highest = 10'000'000,
      .needs_restart = true},
     &webhook_settings::max_dead},
    {{.key = "keep_dead",
      .sentence = "How long dead letters are kept.",
      .lowest = second,
      .highest = 7 * day,
      .needs_restart = true},
     &webhook_settings::keep_dead},
    {{.key = "ca_file",
      .sentence = "PEM file of the authorities that may vouch for https "
                  "endpoints, besides those of the system; empty = none.",
      .rule = &rules::file_or_empty,
      .needs_restart = true},
     &webhook_settings::ca_file},
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
    {{.key = "channels",
      .sentence = "The channels it is told about, by name, where * stands for "
                  "any text; empty = all.",
      .rule = &rules::channel_pattern},
     &webhook::channels},
    {{.key = "batch",
      .sentence = "Whether several events may come in one request."},
     &webhook::batch},
    {{.key = "batch_interval",
      .sentence = "How long a batch waits for more events.",
      .lowest = 10,
      .highest = minute},
     &webhook::batch_interval},
    {{.key = "batch_events",
      .sentence = "Most events of a batch.",
      .lowest = 1,
      .highest = 1000},
     &webhook::batch_events},
    {{.key = "batch_bytes",
      .sentence = "Size at which a batch is sent; a single event may be "
                  "larger.",
      .lowest = kib,
      .highest = mib},
     &webhook::batch_bytes},
};

} // namespace

template <>
std::span<const field<webhook_settings>> fields_of<webhook_settings>() {
  return webhook_settings_fields;
}

template <>
std::span<const field<webhook>> fields_of<webhook>() {
  return webhook_fields;
}

} // namespace tidewire::config
