// Which lives this node is linked with, or about to be, and what that means for
// whoever knocks. Pure.
#pragma once

#include "actors/state/cluster/life.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace tidewire::cluster {

/// What to do with a handshake whose peer is proved.
enum class link_verdict : std::uint8_t {
  take,           ///< agree; the place is taken
  take_and_yield, ///< the same, and this node's own dial is given up
  wait,           ///< the old link is being ended; ask again when it has
  linked_already, ///< refuse: a link stands, or this node's dial goes on
  name_taken,     ///< refuse: another life of that name is alive
};

/// One place per name. It serialises handshakes, so that two nodes that dial
/// each other at once end with one link: the dial of the lesser life goes on,
/// and the other side gives up its own. Both judge by the same rule, and each
/// judges its handshakes one after the other.
class link_table {
public:
  /// A link that has not been heard for `silent_ns` does not keep a newcomer
  /// out: it is ended in its favour.
  link_table(life me, std::int64_t silent_ns)
      : me_(std::move(me)), silent_ns_(silent_ns) {}

  /// Somebody dialled and is proved.
  link_verdict knocks(const life& who, std::int64_t now_ns);

  /// Somebody whom this node dialled is proved: the same question before this
  /// node agrees. `take` holds the place until `up` or `gone`.
  link_verdict answers(const life& who, std::int64_t now_ns);

  /// A dial of this node that held the place came to nothing.
  void gave_up(const life& who);

  /// The link is made, or something came over it.
  void heard(const life& who, std::int64_t now_ns);

  /// The link is being ended: its place is not free yet.
  void ending(const life& who);

  /// It has ended; whoever waits is asked again.
  void gone(const life& who);

  /// After `wait`: the life whose link is to be ended, if nobody does so yet.
  const life* to_be_ended(const std::string& node) const;

  std::size_t size() const noexcept { return places_.size(); }

private:
  enum class state : std::uint8_t { dialled, linked, ending };

  struct place {
    life who;
    state now;
    std::int64_t heard_ns;
    bool overdue = false;
  };

  link_verdict judge(place& held, const life& who, std::int64_t now_ns);

  life me_;
  std::int64_t silent_ns_;
  std::map<std::string, place> places_;
};

} // namespace tidewire::cluster
