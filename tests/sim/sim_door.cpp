// The door of a process: who comes in, who goes.
#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

void sim_node::knock(visit v, std::uint32_t) {
  if (draining_)
    return world_.refused(v);
  open_.push_back(v);
  world_.accepted(v);
}

void sim_node::hung_up(visit v) {
  std::erase(open_, v);
}

void sim_node::drain() {
  draining_ = true;
  for (auto v : std::exchange(open_, {}))
    world_.dismissed(v);
  world_.left(self_);
}

void sim_node::forget(host) {}

void sim_node::begin() {}
void sim_node::timer(std::uint32_t) {}
void sim_node::dial_over(host, outcome, process) {}
void sim_node::take(process, cluster::record_kind, std::string_view) {}

} // namespace tidewire::sim
