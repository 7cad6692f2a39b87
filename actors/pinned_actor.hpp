// The base of full actors that live on a reactor.
#pragma once

#include "net/reactor.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/make_actor.hpp>

namespace tidewire {

/// An event-based actor that only ever runs on its reactor's thread: whoever
/// sends, the reactor is the execution unit. Uses the reactor's timing wheel,
/// never CAF's timers (a long one would keep a dead actor in memory).
class pinned_actor : public caf::event_based_actor {
public:
  pinned_actor(caf::actor_config& cfg, net::reactor& host);

  using caf::event_based_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override;
  subtype_t subtype() const override { return io_actor; }
  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override;

  net::reactor& host() const noexcept { return host_; }

protected:
  /// To be called by whoever handles memory that another thread wrote and will
  /// not touch again: ThreadSanitizer cannot see that a mailbox of CAF, which
  /// is not instrumented, puts the writing before the reading. Else nothing.
  void taken_over() const noexcept;

private:
  net::reactor& host_;
  bool gone_ = false;
};

/// Makes an actor of type `T` that runs on `host`, and launches it hidden (it
/// does not hold up the actor system; NODE ends it). Any thread.
template <class T, class... Args>
caf::actor spawn_on(net::reactor& host, Args&&... args) {
  auto& system = host.system();
  caf::actor_config cfg{&host};
  auto result = caf::make_actor<T, caf::actor>(
      system.next_actor_id(), system.node(), &system, cfg, host,
      std::forward<Args>(args)...);
  auto* self = static_cast<T*>(caf::actor_cast<caf::abstract_actor*>(result));
  self->launch(&host, false, true);
  return result;
}

} // namespace tidewire
