#include "actors/lean_actor.hpp"

#include "net/log.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>

#include <exception>

namespace tidewire {

lean_actor::lean_actor(caf::actor_config& cfg, net::reactor& host)
    : caf::monitorable_actor(cfg), host_(host) {
  inbox_.try_block(); // so that the first message schedules it
  host_.actor_born();
}

void lean_actor::intrusive_ptr_add_ref_impl() {
  caf::intrusive_ptr_add_ref(ctrl());
}

void lean_actor::intrusive_ptr_release_impl() {
  caf::intrusive_ptr_release(ctrl());
}

void lean_actor::enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) {
  auto id = what->mid;
  auto sender = what->sender;
  switch (inbox_.push_front(std::move(what))) {
  case caf::intrusive::inbox_result::unblocked_reader:
    caf::intrusive_ptr_add_ref(ctrl());
    host_.exec_later(this);
    break;
  case caf::intrusive::inbox_result::queue_closed:
    if (id.is_request()) {
      caf::detail::sync_request_bouncer bounce{fail_state()};
      bounce(sender, id);
    }
    break;
  default:
    break; // it runs, or will run, already
  }
}

caf::resumable::resume_result lean_actor::resume(caf::execution_unit*,
                                                 size_t max_throughput) {
  size_t handled = 0;
  while (!ended_) {
    auto* newest = inbox_.take_head();
    if (!newest) {
      if (inbox_.try_block())
        return awaiting_message;
      continue;
    }
    caf::mailbox_element* oldest = nullptr;
    while (newest) {
      auto* next = static_cast<caf::mailbox_element*>(newest->next);
      newest->next = oldest;
      oldest = newest;
      newest = next;
    }
    while (oldest) {
      caf::mailbox_element_ptr what{oldest};
      oldest = static_cast<caf::mailbox_element*>(oldest->next);
      what->next = nullptr;
      if (ended_) {
        on_leftover(std::move(what));
        continue;
      }
      ++handled;
      try {
        take(what);
      } catch (const std::exception& e) {
        host_.count_failure();
        log_error("actor_failed", "{} {} failed: {}", name(), id(), e.what());
        cleanup(caf::make_error(caf::sec::runtime_error), &host_);
      }
    }
    if (handled >= max_throughput && !ended_)
      return resume_later;
  }
  return done;
}

void lean_actor::take(caf::mailbox_element_ptr& what) {
  auto& content = what->content();
  if (content.match_elements<caf::exit_msg>()) {
    auto& reason = content.get_mutable_as<caf::exit_msg>(0).reason;
    cleanup(std::move(reason), &host_);
    return;
  }
  if (!handle(*what))
    bounce(what, caf::make_error(caf::sec::unexpected_message));
}

bool lean_actor::cleanup(caf::error&& reason, caf::execution_unit* host) {
  if (!ended_) {
    ended_ = true;
    on_end(reason);
    // Closing is the owner's right, and from here on a sender is told so. What
    // had come before is left over.
    auto leave = [this](caf::mailbox_element* what) {
      on_leftover(caf::mailbox_element_ptr{what});
    };
    inbox_.close(leave);
    host_.actor_gone();
  }
  return caf::monitorable_actor::cleanup(std::move(reason), host);
}

// A last resort for an actor that nobody ended; it may run on any thread, so
// it touches nothing of the reactor but its counter.
void lean_actor::on_destroy() {
  if (ended_)
    return;
  ended_ = true;
  inbox_.close();
  host_.actor_gone();
  caf::monitorable_actor::cleanup(
      caf::make_error(caf::exit_reason::unreachable), nullptr);
}

void lean_actor::on_leftover(caf::mailbox_element_ptr what) {
  bounce(what);
}

} // namespace tidewire
