// What the edge of a reactor tells the owners of channels, and whom it
// believes. Pure: records leave by the home of its reactor's table.
#pragma once

#include "actors/state/directory_state.hpp"
#include "actors/state/router_state.hpp"

#include <cstdint>
#include <type_traits>
#include <vector>

namespace tidewire {

/// States what its routes have to whoever is to know it, and then that this was
/// all: when the view has changed, when a link is a new one, and when somebody
/// asks. Owners on its own reactor are told by a call, because what the routes
/// say to them is a call as well: an answer to that must not go to the edge
/// that was.
class edge_reporter {
public:
  edge_reporter(directory_home& home, directory_state& table,
                router_state& routes)
      : home_(home), table_(table), routes_(routes) {}

  /// The view has changed from that one to that of its home, and the table has
  /// been told. Who was not there before is told everything, and everybody if
  /// we were away ourselves; the others only what has moved.
  void view_changed(const cluster::placement* before);

  /// There is a link to that node, another than before: what was under way is
  /// lost, so everything is said again. Owners take it for the words of new
  /// edges, because the link is another one.
  void line_is(node_number which);

  /// An edge introduces itself to that reactor, whose records it has taken up
  /// to that number.
  void introduce(place where, edge_up hello, std::uint64_t taken);

  /// Restates to that reactor everything it owns.
  void state_to(place where);

  /// Says to these reactors that this was all.
  void end_statement(const std::vector<place>& to);

  /// In a cluster the owner that was may still say what was so when it was:
  /// about members, wishes and users only the present one is believed. It hears
  /// of every wish and states all members when it hears of this edge.
  template <class Record>
  bool believes(place from, const Record& what) const {
    if constexpr (of_owner_only<Record>)
      return !home_.placed() || home_.owner_of(what.channel) == from;
    else
      return true;
  }

private:
  template <class Record>
  static constexpr bool of_owner_only = std::disjunction_v<
      std::is_same<Record, joined_channel>, std::is_same<Record, refused_join>,
      std::is_same<Record, changed_members>, std::is_same<Record, user_seen>>;

  directory_home& home_;
  directory_state& table_;
  router_state& routes_;
};

} // namespace tidewire
