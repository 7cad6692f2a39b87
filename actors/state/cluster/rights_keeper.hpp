// The rights of newcomers in a cluster: permits of hard limits, and admission
// while clients of a dead or draining node are on their way. Owned by the
// GAUGE.
#pragma once

#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/cluster/episodes.hpp"
#include "actors/state/cluster/permits.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// The two clocks: steady, and the cluster's.
struct moment {
  std::int64_t steady_ns = 0;
  meter::cluster_ns cluster = 0;
};

/// An app's rights that the configuration gives.
struct app_right {
  std::string id;
  std::uint32_t max_connections = 0; ///< 0 = none
};

/// What the door of an app is told about clients on their way.
struct app_moving {
  std::string app;
  bool moving = false;     ///< every refusal is 4100
  std::uint32_t share = 0; ///< so many newcomers pass whatever the caps say

  friend bool operator==(const app_moving&, const app_moving&) = default;
};

struct rights_effects {
  std::vector<right_record> send;      ///< to LINKs; latest is not enough: all
  std::vector<std::string> more;       ///< apps whose waiters may try again
  std::vector<permit_refusal> refused; ///< waiters to be sent away
  std::vector<app_moving> moving;      ///< what holds at the doors now
  std::vector<episode_summary> opened; ///< for the log
  std::vector<episode_summary> closed;
};

/// How the GAUGE drives it:
/// - NODE says: `view_is`, `gone`, `died`, `may_found`.
/// - The configuration, at the start and at each change: `apps_are`.
/// - Rows: `stood`, of a life that has ended, as often as they say it.
/// - Reactors, in batches: `waiting`, `opened`, `closed`, `user_came`,
///   `user_left`; a drain: `sent_away`.
/// - LINK: `take`, for kinds 96 to 127. What is in `send` goes to that life, if
///   it is linked; what gets lost is repeated.
/// - After each of these, and at the latest every 50 ms: `turn`, and what it
///   says is done.
///
/// Pure; one thread. The door is another thing: it is called here and read by
/// all reactors (permit_door).
class rights_keeper {
public:
  rights_keeper(life me, permit_door& door, episode_settings settings = {});

  // -- from NODE --------------------------------------------------------------

  void view_is(std::shared_ptr<const view> now);
  /// Its life is over: it said goodbye (and had closed all its sockets before),
  /// was proved dead, or was forgotten by an operator. Permits it held are
  /// free. `ahead_ns`: how far ahead of this node's its cluster clock was, if
  /// that is known.
  void gone(const life& who, std::optional<std::int64_t> ahead_ns = {});
  /// It is gone without a goodbye, as was found at that time: its clients are
  /// awaited elsewhere, unless that was too long ago. After `gone`.
  void died(const life& who, meter::cluster_ns since, const moment& now);
  void may_found(bool yes);

  // -- from the configuration -------------------------------------------------

  void apps_are(std::span<const app_right> apps);

  // -- from the rows ----------------------------------------------------------

  /// How a life stood that has ended; before or after `died`.
  void stood(const last_reading& how, const moment& now);
  void lost(const life& who, std::string_view app, std::uint64_t count,
            meter::tick last, std::uint64_t here, const moment& now);
  void sent_away(std::string_view app, std::uint64_t more, const moment& now);

  // -- from the reactors ------------------------------------------------------

  /// So many of the app wait on a reactor now, all of them.
  void waiting(std::uint32_t reactor, const std::string& app,
               std::uint32_t how_many);
  /// Connections came; so many count on this node now. Once for each.
  void opened(const std::string& app, std::uint64_t open_here,
              const moment& now);
  void closed(const std::string& app);
  void user_came(const std::string& app, std::uint64_t user,
                 std::int64_t age_ns, const moment& now);
  void user_left(const std::string& app, std::uint64_t user);

  // -- from peers -------------------------------------------------------------

  bool take(const life& from, record_kind kind, std::string_view bytes,
            const moment& now);

  void turn(const moment& now, rights_effects& out);

  // -- questions --------------------------------------------------------------

  std::vector<permit_standing> limits() { return permits_.standings(); }
  std::vector<episode_summary> failovers(const moment& now) const {
    return episodes_.all(now.cluster);
  }
  std::uint64_t outstanding(std::string_view app, const moment& now) const {
    return episodes_.outstanding(app, now.cluster);
  }
  /// The same of every app of which clients are on their way.
  std::map<std::string, std::uint64_t> awaited(const moment& now) const;
  const permit_roll& roll() const noexcept { return permits_.roll(); }

private:
  // What NODE and rows said of a life that has ended, until both have.
  struct ending {
    std::optional<meter::cluster_ns> since;
    std::optional<last_reading> stood;
    meter::cluster_ns told = 0;
  };

  void open_accounts(const life& who, const ending& x, const moment& now);

  const std::int64_t open_ns_;
  permits permits_;
  episodes episodes_;
  std::map<life, ending> endings_;
  std::map<std::string, std::map<std::uint32_t, std::uint32_t>> waiting_;
  std::map<std::string, app_moving> moving_; // as the doors were told
  meter::cluster_ns looked_ = 0;
};

} // namespace tidewire::cluster
