#include "actors/failure.hpp"

#include "net/log.hpp"

#include <caf/sec.hpp>

namespace tidewire {

caf::error log_failure(caf::scheduled_actor* who, std::exception_ptr& what) {
  try {
    std::rethrow_exception(what);
  } catch (const std::exception& e) {
    log_error("actor_failed", "{} {} failed: {}", who->name(), who->id(),
              e.what());
  } catch (...) {
    log_error("actor_failed", "{} {} failed", who->name(), who->id());
  }
  return caf::make_error(caf::sec::runtime_error);
}

} // namespace tidewire
