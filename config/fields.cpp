#include "config/fields.hpp"

#include "config/durations.hpp"

namespace tidewire::config {

namespace {

constexpr field<settings> settings_fields[] = {
    {{.key = "data_dir",
      .sentence = "Folder of what must outlive the process: apps, webhook "
                  "queue and admin token.",
      .rule = &rules::folder,
      .flag = "--data-dir",
      .needs_restart = true},
     &settings::data_dir},
    {{.key = "server",
      .sentence = "The public side: WebSockets and the HTTP API."},
     &settings::server},
    {{.key = "admin",
      .sentence = "The private side: metrics, health, the demo page and the "
                  "admin API. Keep it away from the internet."},
     &settings::admin},
    {{.key = "tls",
      .sentence = "Encrypted connections: wss:// and https://. Off while there "
                  "is no certificate (docs/tls.md)."},
     &settings::tls},
    {{.key = "limits",
      .sentence = "How long the server waits and how much it takes. The "
                  "defaults are those of the Pusher Channels protocol."},
     &settings::limits},
    {{.key = "webhooks",
      .sentence = "How webhooks are sent; whom and about what stands with each "
                  "app."},
     &settings::webhooks},
    {{.key = "compression",
      .sentence = "Compressed WebSocket messages (permessage-deflate) for "
                  "clients that offer them. An event is compressed once, "
                  "however many receive it."},
     &settings::compression},
    {{.key = "drain", .sentence = "How a node leaves."}, &settings::drain},
    {{.key = "log", .sentence = "What is logged, and how."}, &settings::log},
    {{.key = "meter",
      .sentence = "What is measured, for how long it is kept, and whom to tell "
                  "when an app meets its cap (docs/metering.md)."},
     &settings::meter},
    {{.key = "cluster",
      .sentence = "How nodes find each other, prove themselves and notice that "
                  "one is silent (docs/clustering.md). A node is alone until "
                  "any key of this section is set."},
     &settings::cluster},
    {{.key = "tiers",
      .sentence = "Caps that apps and accounts can be given by name, one "
                  "[[tiers]] each. These are EXAMPLES in the manner of a "
                  "hosted service: they bind nobody until an app or account "
                  "names one, and the tiers of a file replace them all."},
     &settings::tiers},
    {{.key = "accounts",
      .sentence = "Apps that share the caps of one tier, one [[accounts]] "
                  "each."},
     &settings::accounts},
    {{.key = "apps",
      .sentence = "The apps, one [[apps]] each. Replace the demo app before "
                  "others can reach the server: its secret is public."},
     &settings::apps},
};

constexpr field<server_settings> server_fields[] = {
    {{.key = "host",
      .sentence = "Address to listen on. While an app has the public demo "
                  "secret and this is not set, only 127.0.0.1.",
      .rule = &rules::host,
      .flag = "--host",
      .needs_restart = true,
      .left_unset = true},
     &server_settings::host},
    {{.key = "port",
      .sentence = "Port of the WebSockets and the HTTP API; 0 = any free one.",
      .highest = 65535,
      .flag = "--port",
      .needs_restart = true},
     &server_settings::port},
    {{.key = "reactors",
      .sentence = "Threads that serve connections; 0 = one per core.",
      .highest = 1024,
      .needs_restart = true},
     &server_settings::reactors},
    {{.key = "node",
      .sentence = "Name of this node in logs and in a cluster; empty = the "
                  "name of the host.",
      .rule = &rules::name_or_empty,
      .flag = "--node",
      .needs_restart = true},
     &server_settings::node},
    {{.key = "path_prefix",
      .sentence = "Path before /app and /apps, for clients that set wsPath.",
      .rule = &rules::path_prefix,
      .needs_restart = true},
     &server_settings::path_prefix},
    {{.key = "backlog",
      .sentence =
          "Connections the kernel may hold for us before we accept "
          "them, per reactor; the kernel caps it at net.core.somaxconn.",
      .lowest = 1,
      .highest = 65535,
      .needs_restart = true},
     &server_settings::backlog},
    {{.key = "trusted_proxies",
      .sentence = "Proxies whose X-Forwarded-For says where a client comes "
                  "from, as addresses or networks; empty = none.",
      .rule = &rules::network,
      .needs_restart = true},
     &server_settings::trusted_proxies},
    {{.key = "cors_origin",
      .sentence = "The origin whose pages may use the HTTP API from a browser; "
                  "* = any, empty = none.",
      .rule = &rules::cors_origin,
      .needs_restart = true},
     &server_settings::cors_origin},
};

constexpr field<admin_settings> admin_fields[] = {
    {{.key = "host",
      .sentence = "Address to listen on.",
      .rule = &rules::host,
      .needs_restart = true},
     &admin_settings::host},
    {{.key = "port",
      .sentence = "Port of metrics, health, the demo page and the admin API; "
                  "0 = any free one.",
      .highest = 65535,
      .flag = "--admin-port",
      .needs_restart = true},
     &admin_settings::port},
    {{.key = "token_file",
      .sentence = "File of the token that changes and secrets need on this "
                  "port, made if it is not there; empty = admin-token in "
                  "data_dir.",
      .rule = &rules::file_or_empty},
     &admin_settings::token_file},
};

constexpr field<tls_settings> tls_fields[] = {
    {{.key = "port",
      .sentence = "Port of wss:// and https://, on server.host; 0 = any free "
                  "one.",
      .highest = 65535,
      .needs_restart = true},
     &tls_settings::port},
    {{.key = "same_port",
      .sentence = "Whether server.port takes TLS as well as plain connections, "
                  "instead of a port of its own.",
      .needs_restart = true},
     &tls_settings::same_port},
    {{.key = "certificate",
      .sentence = "PEM file of the certificate, followed by those of the "
                  "authorities in between. Without one there is no TLS. A "
                  "reload reads a replaced file, but not another path.",
      .rule = &rules::file_or_empty,
      .needs_restart = true},
     &tls_settings::certificate},
    {{.key = "key",
      .sentence = "PEM file of the certificate's private key, without a "
                  "passphrase. A reload reads a replaced file, but not "
                  "another path.",
      .rule = &rules::file_or_empty,
      .needs_restart = true},
     &tls_settings::key},
    {{.key = "required",
      .sentence = "Whether plain connections are closed with 4000 and plain "
                  "requests answered with 403.",
      .needs_restart = true},
     &tls_settings::required},
};

constexpr field<compression_settings> compression_fields[] = {
    {{.key = "enabled", .sentence = "Whether an offer of it is accepted."},
     &compression_settings::enabled},
    {{.key = "min_size",
      .sentence = "Smallest message that is compressed; smaller ones, and "
                  "those that would not shrink, are sent as they are.",
      .lowest = 1,
      .highest = 64 * mib},
     &compression_settings::min_size},
    {{.key = "level",
      .sentence = "How hard to try: 1 is quickest, 9 is smallest.",
      .lowest = 1,
      .highest = 9},
     &compression_settings::level},
};

constexpr field<drain_settings> drain_fields[] = {
    {{.key = "duration",
      .sentence = "Time over which a stopping server closes its connections, "
                  "evenly; 0s = at once.",
      .highest = hour},
     &drain_settings::duration},
    {{.key = "rebalance_per_second",
      .sentence = "Most connections a node sends to others per second when the "
                  "cluster is rebalanced.",
      .lowest = 1,
      .highest = 100'000},
     &drain_settings::rebalance_per_second},
    {{.key = "rebalance_tolerance",
      .sentence =
          "A node that has fewer connections than the mean, but by less "
          "than so many percent of it, is not filled up by a "
          "rebalance.",
      .lowest = 1,
      .highest = 100},
     &drain_settings::rebalance_tolerance},
};

constexpr field<log_settings> log_fields[] = {
    {{.key = "level",
      .sentence = "The least severe messages that are logged.",
      .choices = rules::log_levels},
     &log_settings::level},
    {{.key = "format",
      .sentence = "Form of the log; auto = text on a terminal, JSON lines "
                  "otherwise.",
      .choices = rules::log_formats,
      .needs_restart = true},
     &log_settings::format},
};

} // namespace

template <>
std::span<const field<settings>> fields_of<settings>() {
  return settings_fields;
}

template <>
std::span<const field<server_settings>> fields_of<server_settings>() {
  return server_fields;
}

template <>
std::span<const field<admin_settings>> fields_of<admin_settings>() {
  return admin_fields;
}

template <>
std::span<const field<tls_settings>> fields_of<tls_settings>() {
  return tls_fields;
}

template <>
std::span<const field<compression_settings>> fields_of<compression_settings>() {
  return compression_fields;
}

template <>
std::span<const field<drain_settings>> fields_of<drain_settings>() {
  return drain_fields;
}

template <>
std::span<const field<log_settings>> fields_of<log_settings>() {
  return log_fields;
}

} // namespace tidewire::config
