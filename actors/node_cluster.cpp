// NODE in a cluster: it holds the view.
#include "actors/node.hpp"

#include "actors/node_messages.hpp"

#include <caf/atom.hpp>

#include <chrono>

namespace tidewire {

namespace {

constexpr auto turn_atom = caf::atom("turn");
using turn_now = caf::atom_constant<turn_atom>;

// As membership wants it; it notices its own pauses by this, too.
constexpr std::chrono::milliseconds turn_pause{20};

} // namespace

caf::message_handler node::in_cluster() {
  if (!members_)
    return {};
  return {
      [this](const begin_cluster& x) {
        members_->listen(x.who);
        delayed_send(this, turn_pause, turn_now::value);
      },
      [this](turn_now) {
        delayed_send(this, turn_pause, turn_now::value);
        members_->tick();
      },
      [this](const linked& x) { members_->on(x); },
      [this](const unlinked& x) { members_->on(x); },
      [this](const dialled& x) { members_->on(x); },
      [this](const turned_away& x) { members_->on(x); },
      [this](const member_record& x) {
        members_->receive(x.from, x.kind, x.bytes);
      },
      [this](const clock_told& x) { members_->clock_is(x.now); },
      [this](const read_cluster& x) { x.then(members_->now()); },
      [this](const forget_node& x) { x.then(members_->forget(x.who)); },
      [this](const drain_node& x) { members_->drain(x.on); },
      [this](const leave_cluster&) {
        members_->leave();
        return true;
      },
  };
}

} // namespace tidewire
