// How a world hands something to a process.
#pragma once

#include "tests/sim/sim_node.hpp"
#include "tests/sim/world.hpp"

#include <utility>

namespace tidewire::sim {

template <class F>
void world::to(process who, F f) {
  if (!alive(who))
    return;
  auto x = lives_[who].where;
  auto act = [this, who, f = std::move(f)] {
    if (!alive(who))
      return;
    f(*nodes_[who]);
    nodes_[who]->end_turn();
  };
  if (stopped_[x])
    inbox_[x].push_back(std::move(act));
  else
    act();
}

} // namespace tidewire::sim
