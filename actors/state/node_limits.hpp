// What the reactors of a node share so that its limits hold for all of them
// together.
#pragma once

#include "actors/state/meter/cap_verdict.hpp"
#include "config/settings.hpp"
#include "messages/ids.hpp"
#include "messages/lifecycle.hpp"
#include "net/address_table.hpp"
#include "net/token_bucket.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

namespace tidewire {

/// What an accepted connection holds; given back when it leaves.
struct permit {
  /// Among whom its app counts it.
  enum class share : std::uint8_t { none, pending, counted };

  net::address_table::place address = 0;
  share of_app = share::none;
};

/// Who stands at the door.
struct newcomer {
  app_index app;
  /// Its client, where that is limited (net/address.hpp).
  std::optional<std::uint64_t> address;
  /// Whether it counts at once; false where an app counts a connection only
  /// when it is authorized: until `count` it is pending.
  bool counts = true;
};

/// A rate that was exceeded.
struct over_rate {
  std::int64_t wait_ns;     ///< until it would pass
  std::uint32_t per_second; ///< the limit
  bool of_node;             ///< or of the app
};

/// Counters and buckets by app and for the node. Any thread; no lock. They
/// only decide about admission: the gauge is the size of the live sets, and
/// a test compares the two.
///
/// Connections are counted whether or not there is a limit (an addition when
/// one opens and when it closes), so that a limit that is set while the server
/// runs holds at once. All else is touched only where a limit is set.
///
/// In a cluster `max_connections` is the whole cluster's, and the limit here is
/// the number of permits that this node holds of it (cluster::permits). The
/// GAUGE moves that number while reactors count; so the two are one atomic.
class node_limits {
public:
  node_limits() = default;
  ~node_limits();
  node_limits(const node_limits&) = delete;
  node_limits& operator=(const node_limits&) = delete;

  /// Lets a newcomer in, or says why not; then nothing is held. Never admits
  /// more than a limit allows, whoever else asks meanwhile. A refused one costs
  /// no rate. An app has at most `max_connections` pending ones beside those
  /// that count, and takes none while it is full.
  std::variant<permit, refuse_reason> admit(const newcomer& who,
                                            const config::app& app,
                                            const config::limit_settings& all,
                                            std::int64_t now_ns);

  /// Counts a pending connection towards its app, or says why not; then it is
  /// still pending.
  std::optional<refuse_reason>
  count(app_index app, std::uint32_t max_connections, permit& held);

  /// Gives back what a connection holds. Once per admitted connection.
  void leave(app_index app, const permit& held) noexcept;

  /// Takes `events` publishes; nothing when they may pass.
  std::optional<over_rate> publish(app_index at, const config::app& app,
                                   const config::limit_settings& all,
                                   std::uint32_t events, std::int64_t now_ns);

  /// Takes one question to the HTTP API; nothing when it may pass.
  std::optional<over_rate> read(app_index at, const config::app& app,
                                const config::limit_settings& all,
                                std::int64_t now_ns);

  // -- in a cluster -----------------------------------------------------------

  /// From now on whoever counts towards an app with `max_connections` needs a
  /// permit. Before the reactors start.
  void require_permits() noexcept { by_permits_ = true; }
  bool by_permits() const noexcept { return by_permits_; }

  /// From now on so many may be open, but no fewer than there are; says how
  /// many it has become.
  std::uint32_t hold(app_index app, std::uint32_t permits);

  /// The app has no hard limit any more.
  void lift(app_index app);

  /// Permits that are held; nothing if it is not limited by permits.
  std::optional<std::uint32_t> held(app_index app) const noexcept;

  /// Clients of a dead or draining node are on their way: so many newcomers
  /// pass whatever the caps say, and nobody is refused for good (design §6).
  /// While there is such an app it goes first where the node's rate is short.
  void on_the_way(app_index app, bool moving, std::uint32_t share);
  bool moving(app_index app) const noexcept;

  /// What the app's caps mean from now on (meter::cap_book); `admit` and
  /// `count` go by it, and whoever takes broadcasts asks for it.
  void rule(app_index app, const meter::cap_verdict& what);
  meter::cap_verdict ruling(app_index app) const noexcept;

  /// Where the sockets of every address are counted that nobody has vouched
  /// for (`limits.pending_per_address`).
  net::address_table& pending() noexcept { return pending_; }

  /// Counted and pending connections of an app, and admitted ones of the node.
  std::uint32_t counted(app_index app) const noexcept;
  std::uint32_t waiting(app_index app) const noexcept;
  std::uint32_t admitted() const noexcept { return admitted_.load(); }

private:
  using counter = std::atomic<std::uint32_t>;

  // Connections in the low half, permits in the high one.
  using shares = std::atomic<std::uint64_t>;
  static constexpr std::uint32_t no_permits = UINT32_MAX; // it needs none
  static constexpr std::uint32_t used_of(std::uint64_t x) noexcept {
    return static_cast<std::uint32_t>(x);
  }
  static constexpr std::uint32_t permits_of(std::uint64_t x) noexcept {
    return static_cast<std::uint32_t>(x >> 32u);
  }

  // Of one app, on cache lines of its own.
  struct alignas(64) entry {
    shares connections{std::uint64_t{no_permits} << 32u};
    counter pending{0}, passes{0};
    token_bucket opens, publishes, reads;
    std::atomic<std::uint8_t> ruling{0};
    std::atomic<bool> moving{false};
  };

  // Apps come at run time and entries never move: blocks of them, made when
  // the first of their apps is used.
  static constexpr std::size_t per_block = 64;
  static constexpr std::size_t blocks = std::size_t{16} * 1024; // 1M apps
  using block = std::array<entry, per_block>;

  entry& of(app_index app);
  std::optional<refuse_reason>
  take_share(const newcomer& who, std::uint32_t max_connections, permit& held);
  const entry* find(app_index app) const noexcept;
  static bool take(counter& from, std::uint32_t limit) noexcept;
  static bool take_one(counter& from) noexcept;
  bool take(shares& from, std::uint32_t max_connections) const noexcept;
  static std::optional<over_rate>
  spend(token_bucket& of_app, std::uint32_t app_rate, token_bucket& of_node,
        std::uint32_t node_rate, std::uint32_t cost, std::int64_t now_ns,
        std::uint32_t reserve = 0);

  std::unique_ptr<std::atomic<block*>[]> apps_ =
      std::make_unique<std::atomic<block*>[]>(blocks);
  net::address_table addresses_, pending_;
  counter admitted_{0};
  counter moving_{0}; // apps
  bool by_permits_ = false;
  token_bucket opens_, publishes_, reads_;
};

} // namespace tidewire
