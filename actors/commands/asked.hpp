// What a request says to the ADMIN.
#pragma once

#include "actors/app_requests.hpp"
#include "messages/reading.hpp"
#include "net/http.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <functional>

namespace tidewire::commands {

/// Ask the GAUGE, and pass on what it says.
struct gauge_wanted {
  std::function<void(const gauge_reading&)> then;
};

/// Ask the REGISTRY, and pass on what it says.
struct registry_wanted {
  admin_call what;
  std::function<void(const admin_answer&)> then;
};

/// The call of that number has its answer.
struct call_answered {
  std::uint64_t number;
  net::http_response with;
};

/// The call of that number is so far; a whole header line.
struct call_progressed {
  std::uint64_t number;
  std::string line;
};

} // namespace tidewire::commands

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::commands::gauge_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::commands::registry_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::commands::call_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::commands::call_progressed)
