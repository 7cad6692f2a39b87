// What a reactor, and a node, state about their connections.
#pragma once

#include "messages/lifecycle.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewire {

/// Counts of durations in buckets whose bounds double: bucket i holds what
/// took at most 2^i microseconds, the last one everything longer.
struct duration_histogram {
  static constexpr std::size_t buckets = 26; // up to 2^24 µs = 16.8 s, and more

  std::array<std::uint64_t, buckets> counts{};
  std::int64_t sum_ns = 0;

  void observe(std::int64_t ns, std::uint64_t times = 1) noexcept {
    auto us = static_cast<std::uint64_t>(ns > 0 ? (ns + 999) / 1000 : 0);
    auto bucket = static_cast<std::size_t>(us < 2 ? 0 : std::bit_width(us - 1));
    counts[bucket < buckets ? bucket : buckets - 1] += times;
    sum_ns += ns * static_cast<std::int64_t>(times);
  }

  void merge(const duration_histogram& other) noexcept {
    for (std::size_t i = 0; i < buckets; ++i)
      counts[i] += other.counts[i];
    sum_ns += other.sum_ns;
  }
};

/// The figures of one app on one reactor.
struct app_reading {
  std::uint64_t open = 0; ///< the size of the live set
  /// Connections that are not accepted yet: the app demands authorisation.
  std::uint64_t unauthorized = 0;
  std::int64_t open_ns = 0;     ///< time its members have been open so far
  std::uint64_t broadcasts = 0; ///< since the start
  std::uint64_t deliveries = 0; ///< since the start
  std::uint64_t bytes = 0;      ///< handed to sockets since the start
  /// Users who are signed in somewhere and whose channels live on this reactor:
  /// each is counted by one reactor only.
  std::uint64_t users = 0;
  /// Connections counted at the door; if it is not `open`, that is drift.
  std::uint64_t counted = 0;
  std::array<std::uint64_t, limit_reasons> limited{}; ///< since the start
};

/// One reactor, between two handlers: nothing in it is half done.
struct reactor_reading {
  std::uint32_t reactor = 0;
  std::vector<app_reading> apps; ///< by app_index
  std::uint64_t pending = 0;     ///< sockets that speak HTTP
  std::uint64_t closing = 0;     ///< connections on their way out
  std::uint64_t sockets = 0;     ///< descriptors of clients held
  std::uint64_t sockets_added =
      0;                       ///< ever; tells a moving count from a wrong one
  std::uint64_t failures = 0;  ///< exceptions caught
  duration_histogram delivery; ///< publish accepted → written to the socket
};

/// How the meter fares. Counters are since the start.
struct meter_health {
  bool enabled = false;
  /// A sentence that says what is wrong and what to do; empty if all is well.
  std::string alarm;
  std::int64_t last_tick = 0;       ///< stated
  std::uint64_t waiting_ticks = 0;  ///< stated, not on disk yet
  std::uint64_t unknown_ticks = 0;  ///< of which nobody will know
  std::int64_t clock_offset_ns = 0; ///< wall clock minus cluster time
  std::uint64_t drift = 0;          ///< facts that do not lead to the reading

  friend bool operator==(const meter_health&, const meter_health&) = default;
};

/// The statement of an app's present window, of what is billed.
struct window_figures {
  std::string app;    ///< its id; empty: all apps together
  const char* window; ///< `hour`, `day` or `month`
  std::uint64_t peak = 0;
  std::optional<std::uint64_t> p95; ///< nothing before the first sample
  double average = 0;
};
using window_list = std::vector<window_figures>;

/// How webhooks of one app fare. Counters are since the start.
struct webhook_figures {
  std::string app; ///< its id
  std::uint64_t sent = 0;
  std::uint64_t failed = 0; ///< tries
  std::uint64_t dead = 0;
  std::uint64_t waiting = 0; ///< now

  friend bool operator==(const webhook_figures&,
                         const webhook_figures&) = default;
};

/// The figures of one app on this node. Counters are since the start.
struct app_gauge {
  std::uint64_t open = 0;
  std::uint64_t unauthorized = 0; ///< not accepted yet, in none but this figure
  std::uint64_t opened = 0;
  std::array<std::uint64_t, close_reasons> closed{};
  std::array<std::uint64_t, refuse_reasons> refused{};
  std::int64_t connection_ns = 0; ///< connection-time, closed and open ones
  std::uint64_t broadcasts = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t bytes = 0; ///< handed to sockets
  std::uint64_t users = 0; ///< distinct ones, signed in now
  std::array<std::uint64_t, limit_reasons> limited{};

  /// Adds every figure of another life of the same app.
  void merge(const app_gauge& other) noexcept {
    open += other.open;
    unauthorized += other.unauthorized;
    opened += other.opened;
    for (std::size_t i = 0; i < close_reasons; ++i)
      closed[i] += other.closed[i];
    for (std::size_t i = 0; i < refuse_reasons; ++i)
      refused[i] += other.refused[i];
    connection_ns += other.connection_ns;
    broadcasts += other.broadcasts;
    deliveries += other.deliveries;
    bytes += other.bytes;
    users += other.users;
    for (std::size_t i = 0; i < limit_reasons; ++i)
      limited[i] += other.limited[i];
  }
};
static_assert(sizeof(app_gauge)
                  == 8 * (8 + close_reasons + refuse_reasons + limit_reasons),
              "a new figure has to be added in merge() as well");

struct cluster_gauge; // messages/cluster_gauge.hpp

/// What the GAUGE answers.
struct gauge_reading {
  /// By app_index. Apps come while the node runs: it may be shorter than the
  /// table of whoever looks at it, and longer.
  std::vector<app_gauge> apps;
  /// Handshakes that named no app that exists.
  std::array<std::uint64_t, refuse_reasons> refused_without_app{};
  std::uint64_t pending = 0;
  std::uint64_t closing = 0;
  std::uint64_t sockets = 0;
  std::uint64_t sockets_added = 0;
  std::uint64_t failures = 0;
  std::uint64_t restarts = 0; ///< actors and channels that were restarted
  std::int64_t drift = 0;     ///< what the books say minus what is there
  duration_histogram delivery;
  std::vector<webhook_figures> webhooks;
  meter_health meter;
  std::shared_ptr<const window_list> windows;   ///< none yet, or not metered
  std::shared_ptr<const cluster_gauge> cluster; ///< none: there is no cluster
  bool complete = true;                         ///< every reactor answered

  std::uint64_t unauthorized() const noexcept {
    std::uint64_t total = 0;
    for (auto& app : apps)
      total += app.unauthorized;
    return total;
  }

  std::uint64_t open() const noexcept {
    std::uint64_t total = 0;
    for (auto& app : apps)
      total += app.open;
    return total;
  }
};

} // namespace tidewire
