// The hard limit: never exceeded by one connection in the whole cluster.
#pragma once

#include "actors/state/cluster/permit_roll.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// What lets connections in by permits: the atomic counters of the node, or the
/// simulator's. Reactors count and this thread moves the limit, so both are one
/// atomic number (node_limits.hpp).
class permit_door {
public:
  virtual ~permit_door() = default;

  /// Connections of the app that count now.
  virtual std::uint32_t used(const std::string& app) = 0;

  /// From now on at most so many, but no fewer than there are; says how many it
  /// has become.
  virtual std::uint32_t hold(const std::string& app, std::uint32_t permits) = 0;

  /// The app has no hard limit any more.
  virtual void lift(const std::string& app) = 0;
};

/// To those who wait for a permit since before that time: there is none.
struct permit_refusal {
  std::string app;
  std::int64_t asked_before_ns;
  permit_verdict verdict;

  friend bool operator==(const permit_refusal&,
                         const permit_refusal&) = default;
};

struct permit_effects {
  std::vector<right_record> send;
  /// The door has more of these apps than before: who waits may try again.
  std::vector<std::string> more;
  std::vector<permit_refusal> refused;
};

/// How a hard limit stands, as this node knows it.
struct permit_standing {
  std::string app;
  std::uint32_t limit = 0;
  std::uint32_t held = 0; ///< by this node
  std::uint32_t used = 0; ///< by this node
  std::uint32_t waiting = 0;
  std::optional<life> owner;
  /// What only the owner knows: how many are out, itself included. Nothing if
  /// that is not known, and then none are given away; `missing` says why.
  bool mine = false;
  std::optional<std::uint64_t> out;
  std::vector<life> missing; ///< who has not said what it holds
};

/// Permits are tokens of an app's `max_connections`. A node's door lets in as
/// many as the node holds. The app's owner (rendezvous hashing over the view)
/// keeps an account of what each life may hold at most, and gives away what is
/// not in the sum of them. Design §6, invariant I5. Pure.
///
/// Why it is never exceeded:
/// - An account is what its holder *said* in a session with this owner, plus
///   what was granted since. It falls only when the holder says that it has
///   obeyed the last grant, or is gone. Silence lowers nothing.
/// - An owner gives only while it has an account of every life that may hold
///   permits (permit_roll). Who gives an account to another owner has none of
///   its own any more, and takes no grant of an earlier session. So of two
///   owners at least one misses the other's account.
/// - An owner keeps accounts from one view to the next as long as it is the
///   owner, so that the loss of a node stops nobody else. A new owner cannot
///   know what a lost node holds and gives nothing. Who hears no majority of
///   the lives gives nothing either.
/// - An owner that missed the account of a life whose end it learns has all
///   others said anew: that life may have been their owner in the meantime, by
///   an account that this node gave it before.
///
/// Why none is lost: what is held is restated whole until it is heard, and so
/// is what may be held.
///
/// Every method only notes; `turn` says what is to be done and must be called
/// after each batch of events, and at `due_ns`.
class permits {
public:
  permits(life me, permit_door& door) : roll_(std::move(me)), door_(door) {}

  // -- from NODE --------------------------------------------------------------

  void view_is(std::shared_ptr<const view> now);
  /// Proved dead, or forgotten by an operator.
  void gone(const life& who);
  void may_found(bool yes);

  // -- from the configuration -------------------------------------------------

  /// 0: none any more.
  void limit_is(const std::string& id, std::uint32_t limit);

  // -- from the door ----------------------------------------------------------

  /// So many handshakes wait for a permit now, and authorizations.
  void waiting(const std::string& id, std::uint32_t how_many);
  /// Connections of it came or went.
  void moved(const std::string& id);

  // -- from peers -------------------------------------------------------------

  /// A record of kinds 96 to 111; false if it is not what it should be.
  bool take(const life& from, record_kind kind, std::string_view bytes);

  // -- what is to be done -----------------------------------------------------

  void turn(std::int64_t now_ns, permit_effects& out);
  std::int64_t due_ns() const noexcept { return due_ns_; }

  // -- questions --------------------------------------------------------------

  bool knows(const std::string& id) const { return apps_.count(id) > 0; }
  permit_standing standing(const std::string& id);
  std::vector<permit_standing> standings();
  const permit_roll& roll() const noexcept { return roll_; }

private:
  /// What an owner knows of one life.
  struct account {
    session in;               // in which it was said; `mine` is ours
    bool known = false;       // else it may hold any number
    std::uint64_t number = 0; // of its last holding
    std::uint32_t out = 0;    // it holds no more than this
    std::uint32_t used = 0;   // as it said
    std::uint32_t waiting = 0;
    std::uint64_t granted = 0; // the last grant
    std::uint64_t obeyed = 0;  // the last that it has obeyed
    std::uint32_t allowed = 0; // by the last grant
    std::uint32_t low = 0;
    bool pressed = false;
    bool owed = false; // its holding is not answered, or a verdict has come
    permit_verdict verdict = permit_verdict::none;
    std::int64_t sent_ns = 0;
    std::uint64_t sent = 0; // the last grant that was sent

    std::uint32_t needs() const noexcept {
      auto wanted = std::uint64_t{used} + waiting;
      return wanted > out ? static_cast<std::uint32_t>(wanted - out) : 0;
    }
    std::uint32_t idle() const noexcept {
      auto wanted = std::uint64_t{used} + waiting;
      return wanted < out ? static_cast<std::uint32_t>(out - wanted) : 0;
    }
  };

  struct right {
    std::uint32_t limit = 0;
    std::optional<life> owner;
    // as a holder
    std::uint32_t held = 0;
    std::uint32_t waiting = 0;
    std::uint32_t low = 0;
    bool pressed = false;
    session in;                // with the owner
    std::uint64_t number = 0;  // of the last holding
    std::uint64_t heard = 0;   // which the owner has answered
    std::uint64_t granted = 0; // the last grant obeyed
    bool dirty = true;         // the owner is to be told
    std::int64_t sent_ns = 0;
    // as the owner
    std::map<life, account> accounts;
    bool due = false; // something has changed since it was last given out
    bool pressing = false;
    std::int64_t pressed_ns = 0;
    std::size_t next = 0; // whose turn it is when there is not enough
  };

  using apps = std::map<std::string, right, std::less<>>;

  // What goes to each peer in this turn.
  struct post {
    std::map<life, permit_holdings> holdings;
    std::map<life, permit_grants> grants;
  };

  bool is_mine(const right& a) const {
    return a.owner && *a.owner == roll_.me();
  }
  bool leaving() const;
  bool has_account(const right& a, const life& who) const;
  bool may_have_given(const life& who) const;
  void void_accounts();
  void rebind(bool of_view);
  void find_owner(const std::string& id, right& a);
  void touch(const std::string& id, right& a);
  void give_back(const std::string& id, right& a);

  // as a holder
  void take(const life& from, const permit_grants& x);
  void obey(const std::string& id, right& a, const permit_grant& x);
  void state(const std::string& id, right& a, std::int64_t now_ns, post& to);

  // as an owner: permits_owner.cpp
  struct claim;
  void take(const life& from, const permit_holdings& x);
  void take(const life& from, const session& in, right& a,
            const permit_holding& x);
  std::optional<std::int64_t> pool(const right& a) const;
  std::vector<claim> claims(const std::string& id, right& a);
  void give_out(const std::string& id, right& a, std::int64_t now_ns,
                permit_effects& out);
  void allow(const std::string& id, right& a, claim& to, std::int64_t more,
             std::uint32_t low);
  std::int64_t give_needed(const std::string& id, right& a,
                           std::vector<claim>& all, std::int64_t free);
  void give_spare(const std::string& id, right& a, std::vector<claim>& all,
                  std::int64_t free);
  std::int64_t press(const std::string& id, right& a, std::vector<claim>& all);
  bool all_in_use(const right& a) const;
  void judge(const std::string& id, right& a, permit_verdict verdict,
             std::int64_t now_ns, permit_effects& out);
  void turn_away_strangers(right& a);
  void send_grants(const std::string& id, right& a, std::int64_t now_ns,
                   post& to);
  bool waits_for_others(const right& a) const;

  permit_roll roll_;
  permit_door& door_;
  apps apps_;
  std::set<std::string, std::less<>> touched_; // to be looked at in a turn
  std::set<std::string, std::less<>> more_;    // since the last turn
  std::vector<permit_refusal> refused_;        // the same
  std::uint64_t last_grant_ = 0;
  std::uint64_t seen_change_ = 0;
  std::int64_t due_ns_ = 0;
};

} // namespace tidewire::cluster
