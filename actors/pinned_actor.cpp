#include "actors/pinned_actor.hpp"

#include "actors/failure.hpp"

#ifdef __SANITIZE_THREAD__
#  include <sanitizer/tsan_interface.h>
#endif

namespace tidewire {

pinned_actor::pinned_actor(caf::actor_config& cfg, net::reactor& host)
    : caf::event_based_actor(cfg), host_(host) {
  host_.actor_born();
  set_exception_handler(
      [this](caf::scheduled_actor* self, std::exception_ptr& what) {
        host_.count_failure();
        return log_failure(self, what);
      });
}

void pinned_actor::enqueue(caf::mailbox_element_ptr what,
                           caf::execution_unit*) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(this);
#endif
  caf::scheduled_actor::enqueue(std::move(what), &host_);
}

void pinned_actor::taken_over() const noexcept {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(const_cast<pinned_actor*>(this));
#endif
}

bool pinned_actor::cleanup(caf::error&& reason, caf::execution_unit* unit) {
  if (!std::exchange(gone_, true))
    host_.actor_gone();
  return caf::event_based_actor::cleanup(std::move(reason), unit);
}

} // namespace tidewire
