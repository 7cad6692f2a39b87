// The base of actors of which there may be a million.
#pragma once

#include "net/reactor.hpp"

#include <caf/detail/disposer.hpp>
#include <caf/intrusive/lifo_inbox.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/resumable.hpp>

namespace tidewire {

/// An actor pinned to a reactor, without a behaviour stack: one inbox and one
/// function that takes a message. It can be monitored, linked and sent to like
/// any other. Runs on its reactor's thread only.
///
/// `cleanup` is the only way out, whatever the cause; a subclass lets go of
/// what it holds in `on_end`.
class lean_actor : public caf::monitorable_actor, public caf::resumable {
public:
  lean_actor(caf::actor_config& cfg, net::reactor& host);

  using caf::monitorable_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override;

  subtype_t subtype() const override { return io_actor; }
  resume_result resume(caf::execution_unit*, size_t max_throughput) override;
  void intrusive_ptr_add_ref_impl() override;
  void intrusive_ptr_release_impl() override;

  bool cleanup(caf::error&& reason, caf::execution_unit* host) final;
  void on_destroy() override;

  net::reactor& host() const noexcept { return host_; }
  bool ended() const noexcept { return ended_; }

protected:
  /// Handles one message; false if it is of no known type. May throw: that
  /// ends this actor only.
  virtual bool handle(caf::mailbox_element& what) = 0;

  /// The end, once, on the reactor's thread; an error means it was not asked
  /// for.
  virtual void on_end(const caf::error& reason) noexcept = 0;

  /// A message nobody will handle any more.
  virtual void on_leftover(caf::mailbox_element_ptr what);

private:
  struct inbox_policy {
    using mapped_type = caf::mailbox_element;
    using unique_pointer = caf::mailbox_element_ptr;
  };

  void take(caf::mailbox_element_ptr& what);

  net::reactor& host_;
  caf::intrusive::lifo_inbox<inbox_policy> inbox_;
  bool ended_ = false;
};

} // namespace tidewire
