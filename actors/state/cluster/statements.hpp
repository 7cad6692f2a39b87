// Whether what edges have stated is all there is to know of them. Pure.
#pragma once

#include "messages/place.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// An edge that sees another view tells each owner what was not his in the view
/// that the edge saw before. That is all for an owner who has seen nothing but
/// these two views since he heard of the first: what was his in both has been
/// his throughout. If he has seen a third one, a channel may have left him and
/// come back, of which the edge has nothing to say; then only everything is
/// all. Only that is all, too, after words were lost.
///
/// Belongs to a DIRECTORY, which tells it what it handles, in that order.
class statements {
public:
  struct extent {
    bool whole = false; ///< it was everything, as of its view
    bool all = false;   ///< and nothing is missing in the view of this reactor
  };

  /// From now on this is the view of this reactor.
  void view_is(std::uint64_t view);

  /// The edge said what follows by that view.
  void speaks(place from, std::uint64_t view);

  /// It begins to state everything.
  void begins(place from);

  /// It ends its statement.
  extent stated(place from, std::uint64_t view);

  /// Something that it said is lost.
  void lost(place from);

  /// Its node has left the view, or one of us was away: it will introduce
  /// itself, or if it does not see that, has to be asked.
  void left(place from);

  /// Whether to ask it for everything: not while it has been asked.
  bool asks(place from) { return !std::exchange(of(from).asked, true); }

  /// Who cannot state all of this view any more unless they are asked.
  std::vector<place> owing() const;

private:
  static constexpr std::size_t max_views = 32;

  struct edge {
    std::uint64_t view = 0;         // of its last statement
    std::set<std::uint64_t> missed; // other views seen here since
    std::uint64_t next = 0;         // by which it speaks
    std::set<std::uint64_t> since;  // others seen here since it began with that
    bool whole = false;             // it is stating everything
    bool known = false;             // it has once
    bool lost = false;
    bool asked = false;
  };

  edge& of(place from);

  std::uint64_t view_ = 0;
  std::unordered_map<place, edge> edges_;
};

} // namespace tidewire::cluster
