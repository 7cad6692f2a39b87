// What has to hold.
#include "tests/actors/state/cluster/rights/permit_history.hpp"

namespace tidewire::cluster::testing::permit_world {

void permit_history::check() {
  for (auto& app : apps_) {
    std::uint64_t used = 0, held = 0;
    for (auto& x : nodes_)
      if (x->alive || !x->proved) {
        used += x->door.apps[app].used;
        held += x->door.apps[app].held;
      }
    if (used > highest_[app])
      wrong_ = "the limit is exceeded: " + std::to_string(used) + " of "
               + std::to_string(highest_[app]);
    else if (held > highest_[app])
      wrong_ = "more permits than the limit: " + std::to_string(held) + " of "
               + std::to_string(highest_[app]);
  }
}

void permit_history::heal() {
  loss_ = twice_ = 0;
  delay_ = 5;
  cuts_ = {};
  std::vector<life> all;
  for (std::size_t i = 0; i < names_; ++i)
    if (!living(i) && dice_.chance(500))
      start(i);
  if (!std::any_of(nodes_.begin(), nodes_.end(),
                   [](auto& x) { return x->alive; }))
    start(0);
  for (auto& x : nodes_)
    if (x->alive) {
      x->paused_until = 0;
      x->draining = false;
      all.push_back(x->who);
    }
  for (auto& x : nodes_) {
    if (!x->alive)
      continue;
    meet(*x);
    for (auto& y : nodes_)
      if (!y->alive)
        prove(*x, *y);
    for (auto& app : apps_)
      x->keeper.limit_is(app, limit_[app]);
  }
  for (auto& x : nodes_)
    if (x->alive) {
      step(1 + dice_.below(50), 200); // one sees it after the other
      see(*x, all);
    }
  step(250, 0);
  for (auto& app : apps_)
    fill(app);
}

// Some leave; then fewer than the limit come: all must be let in. Then many
// more: as many as the limit must be.
void permit_history::fill(const std::string& app) {
  auto nodes = all_living();
  while (used(app) > limit_[app] / 2)
    leave(*nodes[dice_.below(nodes.size())], app);
  step(120, 0);
  auto room = limit_[app] - used(app);
  auto few = dice_.below(room + 1);
  auto before = used(app);
  auto* one = dice_.chance(500) ? nodes[dice_.below(nodes.size())] : nullptr;
  for (std::uint64_t i = 0; i < few; ++i)
    come(one ? *one : *nodes[dice_.below(nodes.size())], app);
  step_until(450, app, before + few);
  expect(app, before + few, "of those who fit");
  for (auto* x : nodes)
    for (std::uint32_t i = 0; i < limit_[app]; ++i)
      come(*x, app);
  step_until(450, app, limit_[app]);
  expect(app, limit_[app], "of those who pushed");
  step(50, 0);
  expect(app, limit_[app], "after that");
  for (auto* x : nodes)
    x->waiting.clear();
}

void permit_history::step_until(int most, const std::string& app,
                                std::uint64_t right) {
  while (most-- > 0 && used(app) != right && wrong_.empty())
    step(1, 0);
}

void permit_history::expect(const std::string& app, std::uint64_t right,
                            const char* whom) {
  if (wrong_.empty() && used(app) != right)
    wrong_ = std::to_string(used(app)) + " are open instead of "
             + std::to_string(right) + ' ' + whom;
}

} // namespace tidewire::cluster::testing::permit_world

namespace tidewire::cluster::testing {

std::string permit_disagreement(std::uint64_t seed, permit_figures* figures) {
  permit_figures mine;
  return permit_world::permit_history{seed, figures ? *figures : mine}.run();
}

} // namespace tidewire::cluster::testing
