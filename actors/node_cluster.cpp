// NODE in a cluster: it holds the view.
#include "actors/node.hpp"

#include "actors/node_messages.hpp"
#include "actors/registry_turn.hpp"

#include <caf/atom.hpp>

#include <chrono>

namespace tidewire {

namespace {

constexpr auto turn_atom = caf::atom("turn");
using turn_now = caf::atom_constant<turn_atom>;

// As membership wants it; it notices its own pauses by this, too.
constexpr std::chrono::milliseconds node_pause{20};
constexpr unsigned turns_of_registry = 5;

} // namespace

caf::message_handler node::in_cluster() {
  if (!members_)
    return {};
  return {
      [this](const begin_cluster& x) {
        auto who = x.who;
        who.order = [this](const cluster::order& what) {
          obey(members_->self(), what);
        };
        members_->listen(std::move(who));
        delayed_send(this, node_pause, turn_now::value);
      },
      [this](turn_now) {
        delayed_send(this, node_pause, turn_now::value);
        members_->tick();
        if (++turns_ % turns_of_registry == 0)
          send(crew_.registry, registry_turn{});
      },
      [this](const linked& x) { members_->on(x); },
      [this](const unlinked& x) { members_->on(x); },
      [this](const dialled& x) { members_->on(x); },
      [this](const turned_away& x) { members_->on(x); },
      [this](const member_record& x) {
        if (auto what = members_->receive(x.from, x.kind, x.bytes))
          obey(x.from, *what);
      },
      [this](const give_orders& x) { members_->give(x.orders, x.then); },
      [this](order_obeyed& x) { members_->answer(x.from, std::move(x.said)); },
      [this](const clock_told& x) { members_->clock_is(x.now); },
      [this](const read_cluster& x) { x.then(members_->now()); },
      [this](const forget_node& x) { x.then(members_->forget(x.who)); },
      [this](const prepare_to_leave_now&) {
        leaving_ = true;
        members_->drain(true);
      },
      [this](const leave_cluster&) {
        members_->leave();
        return true;
      },
  };
}

} // namespace tidewire
