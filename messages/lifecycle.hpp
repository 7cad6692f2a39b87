// What happens to connections, as facts for the GAUGE.
#pragma once

#include "messages/ids.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace tidewire {

/// Why an open connection closed. Chosen by the server from what it saw,
/// never taken from a close code that a client sent.
enum class close_reason : std::uint8_t {
  client,       ///< the client sent a close frame
  lost,         ///< the socket ended or was reset without one
  protocol,     ///< the client broke RFC 6455 or a limit of it
  timeout,      ///< nothing came in within activity timeout + pong timeout
  slow_reader,  ///< its outbox was full
  drain,        ///< this node drains
  crash,        ///< its actor failed
  killed,       ///< its actor was told to exit
  terminated,   ///< a backend ended the connections of its user
  app_disabled, ///< its app was disabled or deleted
};

/// Why a handshake did not become a connection.
enum class refuse_reason : std::uint8_t {
  unknown_key,
  app_disabled,
  bad_path,
  bad_version,
  unsupported_protocol,
  no_protocol,
  origin,
  draining,
  handshake_timeout, ///< the request was not complete in time
  bad_handshake,     ///< not HTTP, or not a WebSocket handshake of RFC 6455
  abandoned,         ///< the client left before it was accepted
  descriptors,       ///< none was left
  tls_only,          ///< plain, where only TLS is taken
  unauthorized,      ///< the app demands authorisation, and it did not come
  app_full,          ///< max_connections of the app
  app_rate,          ///< connections_per_second of the app
  node_full,         ///< limits.max_connections
  node_rate,         ///< limits.connections_per_second
  address_full,      ///< limits.connections_per_address
  address_pending,   ///< limits.pending_per_address
  app_pending,       ///< as many as max_connections of the app wait for it
  tier_cap, ///< over the connections of its tier, and the grace is over
};

/// Which limit something ran into that did not end its connection: a
/// subscription, a client event, or a request to the HTTP API.
enum class limit_reason : std::uint8_t {
  publish_rate,      ///< publishes_per_second; 429
  read_rate,         ///< reads_per_second; 429
  client_event_rate, ///< client_events_per_second; 4301
  event_size,        ///< event_data; 413 or pusher:error
  subscriptions,     ///< subscriptions_per_connection; LimitReached
  tier_broadcasts,   ///< over the broadcasts of its tier; 403 or pusher:error
};

inline constexpr std::size_t close_reasons = 10;
inline constexpr std::size_t refuse_reasons = 22;
inline constexpr std::size_t limit_reasons = 6;

/// The label of a reason in metrics and logs.
std::string_view name_of(close_reason reason) noexcept;
std::string_view name_of(refuse_reason reason) noexcept;
std::string_view name_of(limit_reason reason) noexcept;

/// The app of a handshake that named none that exists.
inline constexpr app_index no_app = std::numeric_limits<app_index>::max();

/// One fact. `at_ns` is steady time; `open_ns` how long it had been open
/// (closings only).
struct lifecycle {
  enum class kind : std::uint8_t { opened, closed, refused };

  app_index app;
  kind what;
  std::uint8_t reason; ///< a close_reason or refuse_reason
  std::int64_t at_ns;
  std::int64_t open_ns;
};

/// What one reactor saw in one turn, in order.
struct lifecycle_batch {
  std::uint32_t reactor;
  std::vector<lifecycle> events;
};

} // namespace tidewire
