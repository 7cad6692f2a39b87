// The door of a process: who comes in, who goes.
#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tidewire::sim {

// Who came while the process was stopped comes when he is served: after the
// ticks that were missed.
void sim_node::knock(visit v, std::uint32_t app) {
  if (waking_)
    return late_.push_back(v);
  if (draining_)
    return world_.refused(v);
  if (app == limited_app && rights_)
    return rights_->knock(v);
  admit(v);
}

void sim_node::admit(visit v) {
  auto app = world_.visits()[v].app;
  open_.push_back(v);
  if (meter_)
    meter_->opened(app);
  world_.accepted(v);
  if (rights_)
    rights_->opened(v, open_of(app));
}

std::uint64_t sim_node::open_of(std::uint32_t app) const {
  return static_cast<std::uint64_t>(
      std::count_if(open_.begin(), open_.end(),
                    [&](visit v) { return world_.visits()[v].app == app; }));
}

// What is found closed on waking was so since the last turn.
void sim_node::hung_up(visit v) {
  if (std::erase(late_, v) != 0)
    return;
  auto app = world_.visits()[v].app;
  auto was_open = std::erase(open_, v) != 0;
  if (was_open && meter_)
    meter_->closed(app, waking_ ? found_ns_ : now_ns());
  if (channels_)
    channels_->closed(v);
  if (rights_)
    was_open ? rights_->closed(v) : rights_->gave_up(v);
}

void sim_node::drain() {
  if (std::exchange(draining_, true))
    return;
  if (channels_)
    channels_->drain();
  view_->drain();
  std::array<std::uint64_t, apps> sent{};
  for (auto v : std::vector<visit>(open_)) {
    ++sent[world_.visits()[v].app];
    world_.dismissed(v);
    hung_up(v);
  }
  for (std::uint32_t app = 0; app < apps; ++app)
    if (rights_ && sent[app] != 0)
      rights_->sent_away(app, sent[app]);
  if (rights_)
    rights_->end_turn();
  if (meter_)
    meter_->say_goodbye();
  view_->leave();
  world_.left(self_);
}

void sim_node::forget(host x) {
  view_->forget(x);
}

} // namespace tidewire::sim
