// One request to the admin API, and its answer. Blocks.
#pragma once

#include "actors/console/destination.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace tidewire::console {

struct reply {
  unsigned status = 0;
  int exit_code = 1; ///< as the server says, or what the status amounts to
  std::string content_type;
  std::string body;
};

/// Nobody answered: a sentence that says where we looked and what to do.
struct unreachable {
  std::string sentence;
};

struct outgoing {
  std::string_view method;
  std::string target; ///< path and query
  std::string accept;
  std::chrono::milliseconds timeout; ///< of silence
  /// Told of interim answers: `12/100 apps`. May be empty; then none are asked
  /// for.
  std::function<void(std::string_view)> progress = {};
};

std::variant<reply, unreachable> send(const destination& to,
                                      const outgoing& what);

} // namespace tidewire::console
