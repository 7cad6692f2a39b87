/// What an operator may set. These structs are the only source of a default;
/// sentence, range and flag of every field stand in config/fields.cpp.
#pragma once

#include "config/cluster_settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tidewire::config {

/// A length of time; written `500ms`, `30s`, `2m`, `1h`, `7d`.
using duration = std::chrono::milliseconds;

/// A size in bytes; written `4096` or `64KiB`. Counts are `std::uint32_t`, so
/// that the type alone says how a key is read and printed.
using bytes = std::uint64_t;

inline constexpr bytes kib = 1024;
inline constexpr bytes mib = 1024 * kib;
inline constexpr bytes gib = 1024 * mib;

/// A key and its secret: what a client shows and what signs.
struct key_pair {
  std::string key;
  std::string secret;

  bool operator==(const key_pair&) const = default;
};

/// Where and about what an app wants to be told (protocol.md §10).
struct webhook {
  std::string url;
  std::vector<std::string> events = {"channel_occupied",  "channel_vacated",
                                     "member_added",      "member_removed",
                                     "client_event",      "cache_miss",
                                     "subscription_count"};
  std::vector<std::string> channels; // empty = all
  bool batch = false;
  duration batch_interval = std::chrono::seconds{1};
  std::uint32_t batch_events = 100;
  bytes batch_bytes = 64 * kib;

  bool operator==(const webhook&) const = default;
};

/// The credentials of the demo app. They are public: a server that has them
/// should listen on the loopback interface only (design §8).
inline constexpr const char* demo_key = "app-key";
inline constexpr const char* demo_secret = "app-secret";

/// Limits of one app where they differ from those of everybody
/// (`limit_settings`, which says what each is); 0 = as there.
struct app_limits {
  bytes max_message = 0;
  std::uint32_t channel_name = 0;
  std::uint32_t event_name = 0;
  bytes event_data = 0;
  std::uint32_t channels_per_event = 0;
  std::uint32_t events_per_batch = 0;
  std::uint32_t presence_members = 0;
  bytes presence_user = 0;
  std::uint32_t presence_user_id = 0;
  std::uint32_t subscriptions_per_connection = 0;

  bool operator==(const app_limits&) const = default;
};

/// A tenant. Its keys are fixed by design §8.
struct app {
  std::string id = "1";
  std::vector<key_pair> keys = {{demo_key, demo_secret}};
  bool enabled = true;
  bool client_events = true;
  std::uint32_t client_events_per_second = 10;
  std::uint32_t connections_per_second = 0;
  std::uint32_t publishes_per_second = 0;
  std::uint32_t reads_per_second = 0;
  bool user_authentication = true;
  bool watchlist = true;
  bool subscription_counts = false;
  bool authorized_only = false;
  std::uint32_t max_connections = 0;
  std::string tier;
  std::string account;
  bool internal = false;
  std::vector<std::string> origins;
  app_limits limits;
  std::vector<webhook> webhooks;

  bool operator==(const app&) const = default;
};

/// The public side: WebSockets and the HTTP API.
struct server_settings {
  std::string host = "0.0.0.0";
  std::uint16_t port = 6001;
  std::uint16_t reactors = 0; // one per core
  std::string node;           // the host's name
  std::string path_prefix;
  std::uint32_t backlog = 4096;
  std::vector<std::string> trusted_proxies;
  std::string cors_origin = "*";

  bool operator==(const server_settings&) const = default;
};

/// The private side: metrics, health, admin API, dashboard.
struct admin_settings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9601;
  std::string token_file; // admin-token in data_dir

  bool operator==(const admin_settings&) const = default;
};

/// TLS on the public side; off while `certificate` is empty.
struct tls_settings {
  std::uint16_t port = 6443;
  bool same_port = false;
  std::string certificate;
  std::string key;
  bool required = false;

  bool on() const noexcept { return !certificate.empty(); }

  bool operator==(const tls_settings&) const = default;
};

/// How long we wait and how much we take (protocol.md §14).
struct limit_settings {
  duration activity_timeout = std::chrono::seconds{120};
  duration pong_timeout = std::chrono::seconds{30};
  duration handshake_timeout = std::chrono::seconds{10};
  duration authorization_timeout = std::chrono::seconds{30};
  duration permit_wait = std::chrono::milliseconds{500};
  duration timestamp_skew = std::chrono::seconds{600};
  bytes max_message = 64 * kib;
  bytes max_outbox = 1 * mib;
  bytes max_http_header = 16 * kib;
  bytes max_http_body = 256 * kib;
  std::uint32_t channel_name = 164;
  std::uint32_t event_name = 200;
  bytes event_data = 10 * kib;
  std::uint32_t channels_per_event = 100;
  std::uint32_t events_per_batch = 10;
  std::uint32_t presence_members = 100;
  bytes presence_user = 1 * kib;
  std::uint32_t presence_user_id = 128;
  duration cache_ttl = std::chrono::minutes{30};
  std::uint32_t subscriptions_per_connection = 0;
  std::uint32_t max_connections = 0;
  std::uint32_t accepts_per_second = 0;
  std::uint32_t connections_per_second = 0;
  std::uint32_t publishes_per_second = 0;
  std::uint32_t reads_per_second = 0;
  std::uint32_t connections_per_address = 0;
  std::uint32_t pending_per_address = 0;

  bool operator==(const limit_settings&) const = default;
};

/// How webhooks are sent (protocol.md §10).
struct webhook_settings {
  duration delay = std::chrono::seconds{3};
  duration settle = std::chrono::seconds{10};
  duration lost_after = std::chrono::seconds{60};
  duration connect_timeout = std::chrono::seconds{5};
  duration timeout = std::chrono::seconds{10};
  duration retry_for = std::chrono::minutes{5};
  std::uint32_t connections = 4;
  std::uint32_t max_queue = 100'000;
  std::uint32_t max_dead = 10'000;
  duration keep_dead = std::chrono::hours{7 * 24};
  std::string ca_file; // empty = those of the system

  bool operator==(const webhook_settings&) const = default;
};

/// permessage-deflate (RFC 7692).
struct compression_settings {
  bool enabled = false;
  bytes min_size = 256;
  std::uint32_t level = 6; // zlib's: 1 is quick, 9 is small

  bool operator==(const compression_settings&) const = default;
};

/// How a node leaves.
struct drain_settings {
  config::duration duration = std::chrono::seconds{10};
  std::uint32_t rebalance_per_second = 200;
  std::uint16_t rebalance_tolerance = 10; // percent of the mean

  bool operator==(const drain_settings&) const = default;
};

/// What is measured, and for how long it is kept (docs/metering.md).
struct meter_settings {
  bool enabled = true;
  std::uint32_t tick_days = 35;
  std::uint32_t minute_days = 400;
  duration sample = std::chrono::seconds{60};
  duration settle = std::chrono::hours{24};
  std::string time_zone = "UTC";
  std::string webhook_url;    // empty = nobody is told
  std::string webhook_secret; // signs what is told

  bool operator==(const meter_settings&) const = default;
};

/// Caps with a grace (design §1). 0 = no cap.
struct tier {
  std::string name;
  std::uint32_t connections = 0;
  std::uint32_t broadcasts = 0;
  duration grace = std::chrono::hours{7 * 24};
  std::uint16_t near = 80;      // percent of a cap
  std::uint16_t hysteresis = 5; // percent of a cap
  std::string over = "refuse_4100";
  std::uint32_t price_cents = 0;

  bool operator==(const tier&) const = default;
};

/// Tiers in the manner of a hosted service, to begin with. They bind nobody
/// until an app or account names one, and a file's own replace them all.
inline std::vector<tier> example_tiers() {
  const auto make = [](const char* name, std::uint32_t connections,
                       std::uint32_t broadcasts, std::uint32_t price_cents) {
    tier out;
    out.name = name;
    out.connections = connections;
    out.broadcasts = broadcasts;
    out.price_cents = price_cents;
    return out;
  };
  return {make("free", 100, 500'000, 0), make("side", 1'000, 10'000'000, 1'500),
          make("indie", 5'000, 50'000'000, 4'900),
          make("business", 25'000, 500'000'000, 24'900)};
}

/// Apps that share a tier's caps. An app is in it if it is listed here or names
/// it itself.
struct account {
  std::string name;
  std::string tier;
  std::vector<std::string> apps; // ids
  std::uint32_t max_apps = 0;

  bool operator==(const account&) const = default;
};

struct log_settings {
  std::string level = "info";
  std::string format = "auto"; // text on a terminal, JSON lines otherwise

  bool operator==(const log_settings&) const = default;
};

struct settings {
  std::string data_dir = "./tidewire-data";
  server_settings server;
  admin_settings admin;
  tls_settings tls;
  limit_settings limits;
  webhook_settings webhooks;
  compression_settings compression;
  drain_settings drain;
  log_settings log;
  meter_settings meter;
  cluster_settings cluster;
  std::vector<tier> tiers = example_tiers();
  std::vector<account> accounts;
  std::vector<app> apps = {app{}};

  bool operator==(const settings&) const = default;
};

} // namespace tidewire::config
