// Who may hold permits: the lives that a keeper knows of, and who of them knows
// of whom.
#pragma once

#include "actors/state/cluster/right_records.hpp"
#include "actors/state/cluster/view.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// What was not heard is said again after this.
inline constexpr std::int64_t permit_resend_ns = 100'000'000;

/// Permits may be given away only by who has accounted for every life that may
/// hold some, so each must know of all of them, also of those that are lost and
/// of those that came while it was lost. A life is *informed* once it does. It
/// may hold permits only if it is, and it becomes so only when every other one
/// knows of it:
///
/// - an informed keeper *welcomes* a member of its view when every life that it
///   knows of and that may live has said that it knows the newcomer; with the
///   welcome goes the list of all. A node that comes while one is lost that has
///   never heard of it gets no permits until that one is back or proved dead.
/// - where nobody is informed, the first ones *found* the roll: when NODE says
///   that there can be no others (`may_found`) and all in the view know of all.
///
/// Hellos go between all members of a view, and again until they are heard.
/// Lists only grow but for lives that are gone; so their order does not matter.
/// Pure.
class permit_roll {
public:
  explicit permit_roll(life me) : me_(std::move(me)) {}

  // -- from NODE --------------------------------------------------------------

  void view_is(std::shared_ptr<const view> now);

  /// Proved dead, or forgotten by an operator. It is open again if it is in a
  /// view that comes later: then it was not dead.
  void gone(const life& who);

  /// True while each address of `cluster.peers`, and each life that membership
  /// has heard of, is in the view, proved dead, or refuses connections; so that
  /// nobody is there who is not heard. A node must listen before it dials.
  void may_found(bool yes);

  /// Begins new sessions with all members: what they said before is void.
  void begin_anew();

  // -- from peers -------------------------------------------------------------

  /// False if it belongs to no session with a member of the view.
  bool take(const life& from, const permit_hello& x);

  /// Hellos that are due.
  void turn(std::int64_t now_ns, std::vector<right_record>& out);

  // -- what follows -----------------------------------------------------------

  const life& me() const noexcept { return me_; }
  const view* current() const noexcept { return view_.get(); }
  bool informed() const noexcept { return informed_; }

  /// The session with a member that has said hello in this view; `theirs` is 0
  /// if it has not.
  session with(const life& who) const;

  /// Other lives that may hold permits.
  const std::set<life>& open() const noexcept { return open_; }

  /// Those of them that are gone since this was last asked.
  std::vector<life> take_gone() { return std::exchange(just_gone_, {}); }

  /// A member of the view of which all open lives know, so that it may be given
  /// permits.
  bool admissible(const life& who) const;

  /// This keeper hears more than half of the lives that may hold permits,
  /// itself included.
  bool majority() const;

  /// An open life is not in the view.
  bool someone_is_lost() const;

  /// Hellos wait for an answer.
  bool waits() const;

  /// Grows whenever something of the above has changed.
  std::uint64_t change() const noexcept { return change_; }

private:
  struct peer {
    std::set<life> open;       // as it last said; kept when it is lost
    std::uint64_t binding = 0; // in this view; 0: has not said hello
    std::uint64_t heard = 0;   // the number of its last hello in this view
    std::uint64_t needs = 0;   // the number of ours that it has to hear
    std::uint64_t told = 0;    // the last one of ours that it has heard
    std::uint64_t sent = 0;    // the last one that was sent
    std::int64_t sent_ns = 0;
    bool informed = false;
    bool welcomed = false; // in this view
    bool owed = false;     // it waits for an answer
  };

  bool in_view(const life& who) const;
  bool learn(const life& who);
  void tell_all();
  bool mutual() const;
  void look_around();
  permit_hello hello_to(const life& to, const peer& p) const;

  life me_;
  std::shared_ptr<const view> view_;
  std::uint64_t binding_ = 0;
  std::uint64_t number_ = 0; // of hellos
  std::uint64_t change_ = 0;
  bool may_found_ = false;
  bool informed_ = false;
  std::set<life> open_;
  std::map<life, peer> peers_; // members, and open lives that once were
  std::vector<life> gone_;     // oldest first
  std::vector<life> just_gone_;
};

} // namespace tidewire::cluster
