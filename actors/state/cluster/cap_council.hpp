// The caps of tiers in a cluster: every node folds the same final ticks, one of
// them tells the operator.
#pragma once

#include "actors/state/cluster/cap_records.hpp"
#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/cluster/view.hpp"
#include "actors/state/meter/cap_book.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// Caps are owned as channels of this app are that have their paths as names,
/// so that the webhooks about them move with them.
inline constexpr std::string_view caps_app = "@operator";

struct cap_council_settings {
  std::int64_t ask_ns = 500'000'000; ///< those who have not answered
  /// With nodes that may know how caps stood and do not say it.
  std::int64_t patience_ns = 10'000'000'000;
  /// Whoever owns a cap only now first hears what the one before has told.
  std::int64_t calm_ns = 1'000'000'000;
  std::int64_t compare_ticks = 5; ///< states are compared so often
  /// Who has missed more ticks asks the others how caps stand.
  std::int64_t missed_ticks = 60;
  std::size_t waiting_ticks = 120; ///< until it is known how caps stand
  std::size_t kept_rows = 1000;    ///< for nodes that were away
};

struct council_effects {
  std::vector<outgoing> send;
  /// Rows for this node's ledger, and what holds at its doors.
  meter::cap_effects caps;
  std::vector<meter::cap_row> announce; ///< to the operator, by this node
};

/// Drives a cap_book with the ticks that have become final, so that all nodes
/// come to the same transitions at the same ticks (design §6). A node that
/// begins takes over how others stand, and folds on from there; if nobody
/// knows, it begins with what its ledger says, or that of whoever else begins.
/// Of two that began without knowing of each other the later one takes over
/// what the other has. Those who began as one are compared now and then, and
/// where they differ twice the more lenient state wins. The owner of a cap
/// announces its transitions; the others keep them until it has. Pure.
///
/// Costs: for a tick, what changed in it; every few ticks, what is near a cap.
class cap_council {
public:
  /// `begins`: the tick before the first one that may become final here;
  /// `rows`: what the book was made of.
  cap_council(life me, meter::cap_book& book, tick begins,
              std::span<const meter::cap_row> rows,
              cap_council_settings settings = {});

  // -- from NODE and LINK -----------------------------------------------------

  void linked(const life& who, council_effects& out);
  void unlinked(const life& who);
  /// `alone`: there can be nobody who is not in it.
  void view_is(std::shared_ptr<const view> now, bool alone,
               std::int64_t now_ns);
  /// A record of kinds 160 and 161; false if it is not what it should be.
  bool take(const life& from, record_kind kind, std::string_view bytes,
            council_effects& out);

  // -- ticks ------------------------------------------------------------------

  void final(const final_tick& x, council_effects& out);
  /// Several times a second, and after ticks and records.
  void turn(std::int64_t now_ns, council_effects& out);

  /// What orders and plans have made of the book: transitions as others are.
  void changed(meter::cap_effects what, council_effects& out);

  // -- questions --------------------------------------------------------------

  /// It is known how caps stand.
  bool standing() const noexcept { return standing_; }
  /// Up to here ticks are folded.
  tick through() const noexcept { return through_; }
  /// Who tells the operator about it; nothing before there is a view.
  std::optional<life> owner_of(const meter::cap_subject& whose) const;
  std::size_t untold() const noexcept { return untold_.size(); }

private:
  struct peer {
    bool answered = false;         // and does not know
    std::optional<caps_said> said; // last
    tick checked;                  // of it
    int mismatches = 0;            // in a row
  };
  struct snapshot {
    meter::book_memory memory;
    std::uint64_t plans = 0;
    std::uint64_t hash = 0;
  };

  void apply(const final_tick& x);
  void fold(const final_tick& x, council_effects& out);
  void take_snapshot(council_effects& out);
  void note(const meter::cap_row& row);
  void remember(const meter::cap_row& row);
  void lose_standing(tick after);
  void found(council_effects& out);
  void catch_up(council_effects& out);
  void announce(council_effects& out);
  void tell_said(council_effects& out);

  // -- with others (cap_council_peers.cpp) ------------------------------------

  caps_told told(bool asks) const;
  void ask(const life& who, council_effects& out);
  void answer(const life& to, const caps_told& asked, council_effects& out);
  void adopt(const caps_told& from, council_effects& out);
  void add_rows(const caps_told& from, council_effects& out);
  void mind_line(const life& from, tick founded, council_effects& out);
  void take_later(const meter::book_memory& from, tick until,
                  council_effects& out);
  void compare(const meter::book_memory& theirs, council_effects& out);
  void check(const life& who, peer& p, council_effects& out);
  void forget_told(const life& by, const caps_said& said);
  const snapshot* at(tick t) const;
  bool is_mine(const meter::cap_row& row) const;

  const life me_;
  meter::cap_book& book_;
  const cap_council_settings settings_;
  std::shared_ptr<const view> view_;
  bool alone_ = false;
  std::int64_t view_ns_ = 0;
  std::int64_t now_ns_ = 0;
  std::optional<std::int64_t> lost_ns_; // it does not know since then
  std::int64_t asked_ns_ = 0;
  std::map<life, peer> peers_; // linked

  bool standing_ = false;
  bool fresh_ = true; // the next tick is the book's first
  tick founded_;
  tick through_;
  // Ticks wait until it is known how caps stand; all after that one are there.
  std::deque<final_tick> waiting_;
  tick waiting_after_;
  std::map<std::string, std::uint64_t> open_; // before those

  std::deque<meter::cap_row> untold_;
  std::deque<meter::cap_row> recent_;
  std::map<meter::cap_subject, meter::cap_transition> last_rows_;
  tick newest_row_; // all up to it are here
  // Of others that do not know either: what they had written later.
  std::map<meter::cap_subject, meter::cap_row> later_;
  std::deque<snapshot> snapshots_;
  bool announced_ = false; // others are to be told
};

} // namespace tidewire::cluster
