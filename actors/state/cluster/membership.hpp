// Who is there: heartbeats, suspicion, proofs of death, and the view.
#pragma once

#include "actors/state/cluster/cluster_time.hpp"
#include "actors/state/cluster/dial_book.hpp"
#include "actors/state/cluster/empty_places.hpp"
#include "actors/state/cluster/ended.hpp"
#include "actors/state/cluster/hearing.hpp"
#include "actors/state/cluster/membership_effects.hpp"
#include "actors/state/cluster/view_records.hpp"
#include "actors/state/meter/cluster_clock.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// Times in ns. Those of the design by default.
struct membership_settings {
  std::int64_t heartbeat_ns = 500'000'000;
  std::int64_t suspect_ns = 2'500'000'000;
  std::int64_t lost_ns = 5'000'000'000;
  /// A longer time in which nothing was called at all is a pause of our own.
  std::int64_t pause_ns = 1'000'000'000;
  /// Between dials of one address: the first pause, and the longest.
  std::int64_t redial_first_ns = 20'000'000;
  std::int64_t redial_most_ns = 2'000'000'000;

  /// A member that is not proved dead leaves the view when it has been out of
  /// the matrix for so long: by then everybody knows the same.
  std::int64_t settle_ns() const noexcept { return 2 * heartbeat_ns; }
  /// Two heartbeats to the same peer are at least so far apart.
  std::int64_t hurry_ns() const noexcept { return heartbeat_ns / 10; }
};

/// This node.
struct membership_self {
  life who;
  std::string address; ///< where the others dial it
  std::uint16_t reactors = 1;
};

/// What may be told of a peer.
struct peer_status {
  life who;
  std::string address;
  peer_state state = peer_state::unmet;
  bool linked = false;
  /// It has answered there, so that to be refused there proves its death.
  bool address_proved = false;
  /// Since its last heartbeat; nothing if there was none.
  std::optional<std::int64_t> silent_ns;
  /// The quickest of the last round trips.
  std::optional<std::int64_t> round_trip_ns;
  /// What it says of itself, or had others say; nothing if that is too old.
  std::optional<hearing_row> row;
};

/// A life that may be going on, as a node keeps it over its own restart.
struct known_life {
  life who;
  std::string address;
  bool answered = false; ///< it has proved to live there

  friend bool operator==(const known_life&, const known_life&) = default;
};

enum class forget_answer : std::uint8_t {
  forgotten,
  ended_before, ///< it was known to be over: nothing to do
  alive,        ///< it is heard, here or by others
  myself,
};

/// One node's part in the cluster. Pure: told what happened and when (`now_ns`,
/// of one steady clock, never smaller than before), it appends what is to be
/// done. Copyable: a copy goes on from where the first was. Thread: none.
///
/// Proof of death is a goodbye, a refusal at an address where that life has
/// answered before, or another incarnation under its name; all else is silence.
/// What one node has proved, all are told, and it is final.
class membership {
public:
  /// `seeds` are addresses of nodes that may be there, `ended` and `known` what
  /// this node knew in earlier lives, `clock` its cluster clock now.
  membership(const membership_settings& settings, membership_self self,
             std::vector<std::string> seeds, const meter::cluster_clock& clock,
             std::int64_t now_ns, std::vector<ended_life> ended = {},
             const std::vector<known_life>& known = {});

  // -- what happened ----------------------------------------------------------

  /// Time passes: to be called at `wake_ns`, or every 50 ms.
  void tick(std::int64_t now_ns, effects& out);

  /// When `tick` has something to do, if nothing else happens.
  std::int64_t wake_ns() const;

  /// The cluster clock was set going anew; about once per second.
  void clock_is(const meter::cluster_clock& clock) noexcept { clock_ = clock; }

  /// A link stands; a life has one at a time. `address` is where it says it can
  /// be dialled.
  void linked(const life& who, const std::string& address, std::int64_t now_ns,
              effects& out);

  /// The link ended: reset by the other side, silent for too long, or dropped
  /// here. It is redialled at once in any case.
  void unlinked(const life& who, std::int64_t now_ns, effects& out);

  /// A dial that was ordered has ended. `answered` is who proved to live there,
  /// if anybody did, whether or not there is a link now.
  void dialled(const std::string& address, dial_result result,
               const std::optional<life>& answered, std::int64_t now_ns,
               effects& out);

  /// Somebody proved to be `who`, but was turned away: a hello alone may be the
  /// proof of another life's end.
  void met(const life& who, std::int64_t now_ns, effects& out);

  /// A record of `view_kinds` came over the link with `from`. False if it is
  /// not what it should be; then nothing has changed.
  bool receive(const life& from, record_kind kind, std::string_view bytes,
               std::int64_t now_ns, effects& out);

  // -- what is wanted ---------------------------------------------------------

  /// Owns nothing from now on, or does again.
  void drain(bool on, std::int64_t now_ns, effects& out);

  /// Says goodbye to all. After it nothing is sent or found any more.
  void leave(std::int64_t now_ns, effects& out);

  /// An operator gives up a life that nobody hears.
  forget_answer forget(const life& who, std::int64_t now_ns, effects& out);

  // -- what is so -------------------------------------------------------------

  const life& self() const noexcept { return self_.who; }
  std::uint32_t stay() const noexcept { return matrix_.rows.at(self()).stay; }
  const std::shared_ptr<const view>& now() const noexcept { return view_; }
  standing stands() const noexcept { return standing_; }
  bool draining() const noexcept { return matrix_.rows.at(self()).draining; }
  bool has_left() const noexcept { return left_; }

  /// Whether this life may be linked: false if another life of its name is
  /// heard. One that is over is linked, too, but only to be told so.
  bool admits(const life& who, std::int64_t now_ns) const;

  /// Why this node is in no view with others, if it is left out.
  std::vector<hindrance> hindrances() const;

  std::vector<peer_status> peers(std::int64_t now_ns) const;
  /// Whether there can be nobody beside the view: every life that is known and
  /// has not ended is in it, and where else one may be nobody listened, at one
  /// moment after the last end of a life.
  bool nobody_else() const;
  /// Who may live, and where: what its next life should be told.
  std::vector<known_life> known() const;
  std::optional<peer_state> state_of(const life& who) const;
  const ended_book& ended() const noexcept { return ended_; }
  const hearing_matrix& matrix() const noexcept { return matrix_; }
  const cluster_time& time() const noexcept { return time_; }

private:
  // Times that end in `lived` are of a clock that stands while this node is
  // paused: nothing grows old in the meantime.
  struct peer {
    std::string address;
    peer_state state = peer_state::unmet;
    bool linked = false;
    bool dropped = false; // its link; until it is heard again
    std::int64_t linked_lived = 0;
    std::int64_t known_lived = 0; // since when
    std::int64_t fresh_lived = 0; // when its row last went on
    std::optional<std::int64_t> heard_lived;
    std::optional<std::int64_t> ahead_ns; // its clock, then
    // Who came by the same name while this one was heard, and when.
    life rival;
    std::int64_t rival_lived = 0;
    // For the echo: its last heartbeat, and when it came.
    std::uint64_t last_number = 0;
    std::int64_t last_came_ns = 0;
  };

  // membership.cpp: what happens to peers
  std::int64_t enter(std::int64_t now_ns, effects& out);
  void leave_turn(std::int64_t lived, effects& out);
  bool is_heard(const peer& which, std::int64_t lived) const;
  void list_wanted();
  void dial_empty_again(std::int64_t lived);
  void refused_at(const std::string& address, std::int64_t began,
                  std::int64_t lived, effects& out);
  void redial(std::int64_t lived, effects& out);
  void watch(std::int64_t lived, effects& out);
  void list_heard();
  void state_is(const life& who, peer& which, peer_state is, effects& out);
  peer* know(const life& who, std::int64_t lived);
  ended_life ending_of(const life& who, ending how) const;
  void end(ended_life what, effects& out);
  void end_others_of(const life& who, std::int64_t lived, effects& out);
  void clash(const life& known, peer& which, const life& newcomer,
             std::int64_t lived, effects& out);

  // membership_words.cpp: what is said and heard
  void beat(std::int64_t lived, effects& out);
  std::vector<heartbeat::passed_on> rows_for(const life& to,
                                             std::int64_t lived) const;
  void tell_roll(const life& to, effects& out) const;
  void hear_beat(const life& from, const heartbeat& said, std::int64_t lived,
                 effects& out);
  void hear_roll(const life& from, const roll& said, std::int64_t lived,
                 effects& out);
  void lives_at(peer& one, const std::string& address);
  void take_row(const hearing_row& row, std::int64_t fresh_lived);
  void measure(const life& from, const heartbeat& said);

  // membership_view.cpp: what view follows
  hearing_row& own() { return matrix_.rows.at(self_.who); }
  void consider(std::int64_t lived, effects& out);
  bool must_wait(const view& next, standing as, std::int64_t lived);
  void adopt(view next, standing as, std::int64_t lived, effects& out);
  void begin_stay(std::uint32_t stay);
  void yield_to_cluster();
  void settle(std::int64_t lived);

  membership_settings settings_;
  membership_self self_;
  std::int64_t now_ns_; // of the last call
  std::vector<std::string> seeds_;
  meter::cluster_clock clock_;
  ended_book ended_;
  std::map<life, peer> peers_;        // without this node and those that ended
  std::map<life, std::int64_t> told_; // ended, but linked: since when
  dial_book dials_;
  empty_places empty_;
  std::int64_t last_end_ns_ = INT64_MIN; // of a life, as it was found
  std::vector<std::string> wanted_;      // addresses to be dialled; some twice
  bool wanted_changed_ = false;          // to be listed anew in this turn
  cluster_time time_;

  hearing_matrix matrix_;
  std::shared_ptr<const view> view_;
  standing standing_ = standing::alone;
  bool matrix_changed_ = true;
  bool ears_changed_ = false;                // whom this node hears
  std::optional<std::int64_t> losing_lived_; // since when a member lacks
  std::int64_t alone_lived_ = 0;             // since when this node is alone

  std::int64_t skipped_ns_ = 0;  // pauses so far
  std::int64_t quiet_lived_ = 0; // nobody is accused before
  bool left_ = false;
  bool told_ended_ = false;

  std::uint64_t number_ = 0;      // of the last heartbeat
  std::int64_t beaten_lived_;     // when it was sent
  bool hurried_ = true;           // something is to be said soon
  bool roll_changed_ = false;     // and to everybody
  std::int64_t rolled_lived_ = 0; // when the roll was last told to all
  std::deque<std::int64_t> sent_; // when the last ones were, to measure by
};

} // namespace tidewire::cluster
