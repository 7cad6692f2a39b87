// How an actor that threw is logged.
#pragma once

#include <caf/error.hpp>
#include <caf/scheduled_actor.hpp>

#include <exception>

namespace tidewire {

/// Logs what an actor threw and makes it the reason of its end. For
/// `set_exception_handler`; CAF's own writes to stderr past the log.
caf::error log_failure(caf::scheduled_actor* who, std::exception_ptr& what);

} // namespace tidewire
