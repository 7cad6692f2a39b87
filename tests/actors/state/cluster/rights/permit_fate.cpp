// What happens to the nodes.
#include "tests/actors/state/cluster/rights/permit_history.hpp"

namespace tidewire::cluster::testing::permit_world {

void permit_history::fate() {
  auto& x = *nodes_[dice_.below(nodes_.size())];
  switch (dice_.below(16)) {
  case 0: { // a partition, one way or both
    auto i = dice_.below(names_), j = dice_.below(names_);
    cuts_[i][j] = true;
    if (dice_.chance(500))
      cuts_[j][i] = true;
    break;
  }
  case 1: { // one node cut off
    auto i = dice_.below(names_);
    for (std::size_t j = 0; j < names_; ++j)
      cuts_[i][j] = cuts_[j][i] = true;
    break;
  }
  case 2:
  case 3:
    cuts_ = {};
    for (auto& each : nodes_)
      if (runs(*each))
        meet(*each);
    break;
  case 4:
    if (dice_.chance(400) && x.alive) {
      x.alive = false;
      ++figures_.deaths;
    }
    break;
  case 5: {
    auto name = dice_.below(names_);
    if (!living(name))
      start(name);
    break;
  }
  case 6:
    if (x.alive && dice_.chance(300))
      x.paused_until = now_ + static_cast<std::int64_t>(dice_.below(800)) * ms;
    break;
  case 7:
    if (x.alive && dice_.chance(200))
      x.draining = !x.draining;
    break;
  case 8:
    if (changes_limit_)
      change_limit();
    break;
  case 9:
  case 10:
    for (auto& y : nodes_) // a redial, or gossip of one
      if (!y->alive && runs(x)
          && (dice_.chance(300) || !cut(name_of(x.who), name_of(y->who))))
        prove(x, *y);
    break;
  default:
    if (runs(x))
      look(x);
  }
}

// Limits go up and down; until all has healed the highest one counts.
void permit_history::change_limit() {
  auto& app = apps_[dice_.below(apps_.size())];
  limit_[app] = 1 + pick_limit();
  highest_[app] = std::max(highest_[app], limit_[app]);
  for (auto& each : nodes_)
    if (runs(*each) && dice_.chance(700))
      each->keeper.limit_is(app, limit_[app]);
}

void permit_history::look(node& x) {
  meet(x);
  std::vector<life> who{x.who};
  for (auto& y : x.heard) {
    auto& other = *nodes_[number_of(y)];
    auto i = name_of(x.who), j = name_of(y);
    auto hears = !cut(i, j) && !cut(j, i) && runs(other);
    if (x.dead.count(y) == 0
        && (wild_views_ ? dice_.chance(hears ? 800 : 300) : hears))
      who.push_back(y);
  }
  see(x, std::move(who));
}

} // namespace tidewire::cluster::testing::permit_world
