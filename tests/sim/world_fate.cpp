// What a scenario's steps do to a world.
#include "tests/sim/invariants.hpp"
#include "tests/sim/world_turn.hpp"

#include <algorithm>

namespace tidewire::sim {

void world::part(std::uint32_t mask, bool both) {
  std::string one, other;
  for (host x = 0; x < what_.hosts; ++x)
    ((mask >> x & 1u) ? one : other) += " " + host_name(x);
  if (one.empty() || other.empty())
    return;
  tell("nothing passes from", one, " to", other,
       both ? " nor the other way" : "");
  for (host x = 0; x < what_.hosts; ++x)
    for (host y = 0; y < what_.hosts; ++y)
      if ((mask >> x & 1u) && !(mask >> y & 1u)) {
        net_.block(x, y, true, now_);
        if (both)
          net_.block(y, x, true, now_);
      }
}

void world::mend_all() {
  tell("every path is mended");
  for (host x = 0; x < what_.hosts; ++x)
    for (host y = 0; y < what_.hosts; ++y) {
      net_.block(x, y, false, now_);
      net_.slow(x, y, 0);
    }
}

void world::fault(const step& s) {
  auto a = some(s.a), b = some(s.b);
  disturbed_ = disturbed_
               || (s.what != deed::crash && s.what != deed::restart
                   && s.what != deed::mend && s.what != deed::mend_all);
  switch (s.what) {
  case deed::break_link:
    if (a == b)
      return;
    tell("the link between ", host_name(a), " and ", host_name(b), " is reset");
    return net_.reset(a, b, now_);
  case deed::cut:
  case deed::cut_one_way:
    if (a == b)
      return;
    tell("nothing passes from ", host_name(a), " to ", host_name(b),
         s.what == deed::cut ? " nor the other way" : "");
    net_.block(a, b, true, now_);
    if (s.what == deed::cut)
      net_.block(b, a, true, now_);
    return;
  case deed::part:
  case deed::part_one_way:
    return part(s.a, s.what == deed::part);
  case deed::mend:
    tell("the path between ", host_name(a), " and ", host_name(b),
         " is mended");
    net_.block(a, b, false, now_);
    return net_.block(b, a, false, now_);
  case deed::mend_all:
    return mend_all();
  case deed::slow:
    tell(host_name(a), " reaches ", host_name(b), " after ", s.c, " ms");
    return net_.slow(a, b, s.c * ms);
  case deed::lossy:
    tell("of restated records ", s.c, " per mille are lost, doubled or late");
    loss_ = s.c;
    return;
  case deed::crash:
    deaths_ += running_[a] != nobody ? 1 : 0;
    return crash(a);
  case deed::restart:
    return start(a);
  case deed::pause:
    return stop_for(a, s.c * ms);
  case deed::step:
    tell("the wall clock of ", host_name(a), " is set ",
         s.b % 2 ? "back" : "forward", " by ", s.c, " ms");
    wall_offset_[a] += (s.b % 2 ? -1 : 1) * static_cast<instant>(s.c) * ms;
    return;
  case deed::drain:
    if (running_[a] == nobody)
      return;
    tell(host_name(a), " drains");
    return to(running_[a], [](sim_node& n) { n.drain(); });
  case deed::forget:
    if (running_[a] == nobody || running_[b] != nobody)
      return;
    tell("an operator forgets ", host_name(b), " on ", host_name(a));
    return to(running_[a], [b](sim_node& n) { n.forget(b); });
  default:
    return;
  }
}

void world::happen(const step& s) {
  if (s.what <= deed::exodus)
    client_deed(s);
  else
    fault(s);
}

void world::heal() {
  run_until(now_ + ms); // whoever is about to leave has left
  tell("everything heals; quiet from now on");
  loss_ = 0;
  mend_all();
  for (host x = 0; x < what_.hosts; ++x) {
    go_on(x);
    if (what_.seed % 2 == 0)
      start(x);
  }
  run_until(now_ + ms); // who was to leave when it was stopped has left
  // One at least: a cluster of none holds every invariant.
  if (std::all_of(running_.begin(), running_.end(),
                  [](process x) { return x == nobody; }))
    start(0);
  healed_at_ = now_;
}

// What an invariant wants to see happen when all is well.
void world::after_the_quiet() {
  if (finding_)
    return;
  publish_everywhere();
  if (finding_)
    return;
  tell("everybody wants the app with a limit, and comes again if refused");
  for (std::uint32_t i = 0; i < clients_.size(); ++i)
    if (clients_[i].at == no_visit || clients_[i].app != limited_app)
      go(i);
  for (int round = 0; round < 4; ++round) {
    for (std::uint32_t i = 0; i < clients_.size(); ++i)
      if (clients_[i].at == no_visit)
        come_to_any(i, limited_app);
    run_until(now_ + 3 * second / 2);
  }
  if (!finding_)
    check_full(*this);
}

} // namespace tidewire::sim
