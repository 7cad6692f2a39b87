#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

sim_node::sim_node(world& w, process self)
    : world_(w),
      self_(self),
      where_(w.lives()[self].where),
      me_(life_of(self)) {}

sim_node::~sim_node() = default;

cluster::life sim_node::life_of(process x) const {
  auto& life = world_.lives()[x];
  return {host_name(life.where), life.incarnation};
}

process sim_node::process_of(const cluster::life& x) const noexcept {
  auto& lives = world_.lives();
  for (process i = 0; i < lives.size(); ++i)
    if (lives[i].incarnation == x.incarnation)
      return i;
  return nobody;
}

// -- links --------------------------------------------------------------------

void sim_node::link_up(link l, process peer, bool) {
  lines_.push_back({l, peer, {}, {}});
}

void sim_node::link_down(link l, process) {
  std::erase_if(lines_, [&](auto& x) { return x.number == l; });
}

void sim_node::dial(host to) {
  world_.net().dial(self_, to, world_.now());
}

void sim_node::cut(process peer) {
  for (auto& x : lines_)
    if (x.peer == peer)
      world_.net().close(self_, x.number, world_.now());
  std::erase_if(lines_, [&](auto& x) { return x.peer == peer; });
}

// Only what is restated may get lost on a link that stands: the rows.
void sim_node::put(line& to, cluster::record_kind kind,
                   std::string_view bytes) {
  if (world_.loss() != 0 && cluster::row_kinds.has(kind)
      && world_.chance().chance(world_.loss())) {
    auto fate = world_.chance().below(3);
    if (fate == 0)
      return;
    cluster::append_record(fate == 1 ? to.late : to.waiting, kind, bytes);
    if (fate == 1)
      return;
  }
  cluster::append_record(to.waiting, kind, bytes);
}

void sim_node::send(process to, cluster::record_kind kind,
                    std::string_view bytes) {
  for (auto& x : lines_)
    if (x.peer == to)
      return put(x, kind, bytes);
}

void sim_node::send_all(cluster::record_kind kind, std::string_view bytes) {
  for (auto& x : lines_)
    put(x, kind, bytes);
}

void sim_node::end_turn() {
  for (auto& x : lines_) {
    if (x.waiting.empty())
      continue;
    // What was late comes behind what was said after it.
    auto late = std::exchange(x.late, {});
    world_.net().send(self_, x.number, std::exchange(x.waiting, {}),
                      world_.now());
    if (!late.empty())
      world_.net().send(self_, x.number, std::move(late), world_.now());
  }
}

void sim_node::arrived(link, process from, std::string_view bytes) {
  if (!cluster::for_each_record(
          bytes, [&](auto kind, auto record) { take(from, kind, record); }))
    world_.fail("records", "a batch was cut");
}

} // namespace tidewire::sim
