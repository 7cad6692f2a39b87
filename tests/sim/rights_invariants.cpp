// Invariants of rights: I5.
#include "tests/sim/invariants.hpp"
#include "tests/sim/sim_node.hpp"

namespace tidewire::sim {

namespace {

bool has_limit(const world& w) {
  auto about = w.what().about;
  return about == focus::permits || about == focus::everything;
}

} // namespace

void limit_is_kept(world& w) {
  auto open = w.record().open(limited_app);
  if (has_limit(w) && open > w.what().limit)
    w.fail("I5", "the limit is " + std::to_string(w.what().limit) + ", but "
                     + std::to_string(open) + " are open");
}

void limit_is_reached(world& w) {
  auto open = w.record().open(limited_app);
  auto most = std::min(w.what().limit, w.what().clients);
  if (!has_limit(w) || open == most || someone_stays_lost(w))
    return;
  std::string held;
  for (host h = 0; h < w.hosts(); ++h)
    if (w.running(h) != nobody)
      held += " " + host_name(h) + " "
              + std::to_string(w.node(w.running(h)).rights()->used()) + "/"
              + std::to_string(w.node(w.running(h)).rights()->held());
  w.fail("I5", "no node is lost, but only " + std::to_string(open) + " of "
                   + std::to_string(most) + " get in; used/held:" + held);
}

} // namespace tidewire::sim
