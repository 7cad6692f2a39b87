// The failover account: how many connections a dead node took with it, and how
// many are back.
#pragma once

#include "actors/state/cluster/cells.hpp"
#include "actors/state/cluster/view.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidewire::cluster {

struct episode_settings {
  /// An account closes after it, and who has not come by then is gone.
  std::int64_t open_ns = 600'000'000'000;
  /// Admission regardless of caps ends after it.
  std::int64_t moving_ns = 900'000'000'000;
  /// Users of this node that others are told of; those beyond are attributed.
  std::size_t known_users = 65'536;
  std::int64_t resend_ns = 250'000'000;
  std::size_t past = 256; ///< summaries that are kept
};

/// What one user is known by; the same on every node.
std::uint64_t user_key(std::string_view app, std::string_view user) noexcept;

/// When they came, since the episode opened: buckets of which each is a fifth
/// longer than the one before, from 50 ms to over ten minutes.
inline constexpr std::size_t time_buckets = 56;
std::size_t time_bucket(std::int64_t ns) noexcept;
std::int64_t bucket_ends_ns(std::size_t bucket) noexcept;

/// An account, as it is now.
struct episode_summary {
  episode_id id;
  meter::cluster_ns opened = 0;
  std::uint64_t lost = 0;
  /// The tick of the reading that says so; not told to other nodes.
  meter::tick as_of;
  std::uint64_t identified = 0; ///< their users were known on the dead node
  std::uint64_t attributed = 0; ///< an estimate
  bool open = false;
  /// Until so many of the lost were back, if they are.
  std::optional<std::int64_t> half_ns, most_ns, nearly_all_ns; ///< 50, 90, 99 %

  std::uint64_t back() const noexcept { return identified + attributed; }
  /// While it is open they are awaited; then they are gone.
  std::uint64_t outstanding() const noexcept {
    return lost > back() ? lost - back() : 0;
  }
  friend bool operator==(const episode_summary&,
                         const episode_summary&) = default;
};

struct episode_effects {
  std::vector<right_record> send;
  std::vector<episode_summary> opened; ///< for the log
  std::vector<episode_summary> closed; ///< the same
};

/// Every GAUGE keeps every episode; what one node has counted it states as a
/// whole, and everybody adds up what everybody stated (design §6). So they all
/// come to the same numbers, and the death of one, or of the one that is asked,
/// takes nothing away: what it stated is passed on by those who heard it.
///
/// Who comes back is *identified* when the user, signed in or in a presence
/// channel, had a connection on the dead node; each connection of a user once,
/// wherever it comes back and however often. So each node states the hashes of
/// its users beforehand, and whom it has credited. Where nothing is known an
/// accept is *attributed* to the oldest open episode, as far as this node's own
/// gauge has grown since; it becomes identified if the user shows up later.
///
/// Times are cluster time, so that accounts agree. Pure; `turn` says what is to
/// be sent and must be called after each batch of events and every 50 ms.
class episodes {
public:
  using cluster_ns = meter::cluster_ns;

  explicit episodes(life me, episode_settings settings = {});

  // -- from NODE --------------------------------------------------------------

  void view_is(const view& now);

  /// A life was proved dead, or forgotten. Its accounts are opened by `lost`.
  /// `ahead_ns`: how far ahead of this node's its cluster clock was.
  void gone(const life& who, std::optional<std::int64_t> ahead_ns = {});

  // -- from the rows ----------------------------------------------------------

  /// The last proven reading of a dead life: so many of the app at a tick. Told
  /// again if a later one is found, also if that says 0: another one may have
  /// told of more at an earlier tick. `here` is what this node had open then,
  /// `since` when the death was found: now, if not given.
  void lost(const life& who, std::string_view app, std::uint64_t count,
            meter::tick last, std::uint64_t here, cluster_ns now,
            std::optional<cluster_ns> since = {});

  /// This node has sent so many more of the app away, to come back elsewhere.
  void sent_away(std::string_view app, std::uint64_t more, cluster_ns now);

  // -- from the reactors ------------------------------------------------------

  /// A connection counts from now on; with it, so many do on this node.
  void arrived(std::string_view app, std::uint64_t open_here, cluster_ns now);

  /// A connection that counts since `opened` has become known as a user's.
  void user_came(std::string_view app, std::uint64_t user, cluster_ns opened,
                 cluster_ns now);

  /// Its end.
  void user_left(std::string_view app, std::uint64_t user);

  // -- from peers -------------------------------------------------------------

  /// A record of kinds 112 to 127; false if it is not what it should be.
  bool take(const life& from, record_kind kind, std::string_view bytes,
            cluster_ns now);

  void turn(cluster_ns now, episode_effects& out);

  // -- questions --------------------------------------------------------------

  /// Oldest first; those that are over as far as they are remembered.
  std::vector<episode_summary> all(cluster_ns now) const;

  /// An episode or a drain of the app is open.
  bool moving(std::string_view app, cluster_ns now) const;

  /// How many are awaited in all of them, and how many of those this node may
  /// let in whatever the caps say: its share, so that all together do not let
  /// in many times as many before they have heard of each other.
  std::uint64_t outstanding(std::string_view app, cluster_ns now) const;
  std::uint64_t share(std::string_view app, cluster_ns now) const;

  /// Apps of which one of the three may have changed since it was last asked.
  std::set<std::string> take_changed();

private:
  struct writer {
    cell_book book;
    std::uint64_t turn = 0; // as in cells_record
    bool gone = false;
    cluster_ns gone_at = 0;               // when that was noticed
    std::optional<std::int64_t> ahead_ns; // its clock, if it was heard here
  };
  struct peer {
    std::uint64_t turn = 1;  // in which it is told our cells
    std::uint64_t heard = 0; // of ours
    std::uint64_t began = 0; // what was forgotten when that turn began
    std::uint64_t sent = 0;  // of ours, and perhaps lost
    cluster_ns sent_at = 0;
    std::set<life> owed; // authors of which it is to be told how far we are
    std::map<life, cells_taken::item> wants; // gone ones of which it has less
    struct passing {
      std::uint64_t turn = 0, through = 0;
      cluster_ns at = 0;
    };
    std::map<life, passing> passed; // of those, what it was sent
    cluster_ns digest_at = 0;
    bool in_view = false;
  };
  struct back { // one user of one episode, over all authors
    std::uint64_t credited = 0;
    std::uint64_t known = 0;

    std::uint64_t counts() const noexcept { return std::min(credited, known); }
  };
  struct account {
    episode_id id;
    std::uint32_t number = 0; // among cell_names
    cluster_ns opened = 0;
    std::uint64_t lost = 0;
    std::uint64_t last = 0; // the tick that says so
    std::unordered_map<std::uint64_t, back> users;
    std::uint64_t identified = 0; // over `users`
    std::uint64_t attributed = 0; // over all authors
    std::uint64_t estimated = 0;  // what of that counts here: see `settle`
    std::array<std::uint64_t, time_buckets> times{};
    // what this node knows of itself
    std::optional<std::uint64_t> here; // its gauge at the last proven reading
    std::uint64_t own_identified = 0;
    std::uint64_t own_attributed = 0;
    bool told = false; // that it opened
    bool over = false; // that it closed
  };
  struct arrival {
    std::uint32_t app;
    std::optional<std::uint64_t> user; // none: it was accepted, no more
    cluster_ns opened;
    std::uint64_t open_here;
    std::optional<std::uint32_t> to{}; // the account it was credited to
    bool matched = false; // an accept of which the user was identified
  };

  // accounts: episodes.cpp, episodes_credit.cpp, episodes_sums.cpp
  cell_book& mine() { return authors_[me_].book; }
  account& account_of(std::uint32_t number);
  episode_summary summary(const account& x, cluster_ns now) const;
  bool is_open(const account& x, cluster_ns now) const;
  std::vector<account*> oldest_first(const std::string& app);
  std::vector<account*> in_time(std::uint32_t app, cluster_ns now);
  bool identify(account& x, const arrival& who, cluster_ns now);
  bool attribute(account& x, const arrival& who, cluster_ns now);
  cluster_ns begins(const account& x) const;
  std::uint64_t open_before(const account& x, const arrival& who) const;
  bool unattribute(account& x, const arrival& who);
  void take_back(account& x, arrival& who);
  void take_back_time(const account& from);
  void undo_doubles(cluster_ns now);
  std::optional<std::uint32_t> credit(const arrival& who, cluster_ns now);
  arrival* accept_of(const arrival& who);
  void credit_recent(account& x, cluster_ns now);
  void remember(arrival who, cluster_ns now);
  void add(const cell_key& key, std::int64_t a, std::uint64_t b = 0);
  void own(const cell_key& key, const cell_value& value);
  void recount(const cell_key& key);
  std::uint64_t known_of(const account& x, std::uint64_t user,
                         std::uint64_t told) const;
  void know_again(const life& gone);
  void know_again(const life& gone, const std::vector<cell_key>& users);
  void settle(const std::string& app);
  void report(cluster_ns now, episode_effects& out);
  void clean(cluster_ns now);

  // what crosses: episodes_exchange.cpp
  bool take(const life& from, const cells_record& x);
  bool take(const life& from, const cells_taken& x);
  void exchange(cluster_ns now, episode_effects& out);
  void tell(const life& to, peer& p, cluster_ns now, episode_effects& out);
  void pass_on(const life& to, peer& p, const life& of,
               const cells_taken::item& has, cluster_ns now,
               episode_effects& out);
  cells_record cells_after(const life& of, std::uint64_t after) const;
  void digest(const life& to, peer& p, cluster_ns now, episode_effects& out);

  life me_;
  episode_settings settings_;
  cell_names names_;
  std::map<life, writer> authors_; // this life is one of them
  std::map<life, peer> peers_;
  std::size_t takers_ = 1; // members that take newcomers
  std::map<std::uint32_t, account> accounts_;
  std::deque<arrival> recent_;
  std::unordered_map<std::uint32_t, std::size_t> recent_of_;   // by app
  std::unordered_map<std::uint32_t, std::uint64_t> open_here_; // at the last
  std::vector<cell_key> doubled_; // credits of ours that may be one too many
  std::size_t stated_users_ = 0;
  std::set<std::string> changed_;
  std::deque<episode_summary> past_;
  std::deque<life> buried_; // whose cells are not wanted any more
  bool look_again_ = false; // whom to credit of those who came last
  cluster_ns cleaned_ = 0;
};

} // namespace tidewire::cluster
