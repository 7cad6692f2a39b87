// What requests about apps on the admin port want (docs/apps.md).
#pragma once

#include "actors/state/app_catalogue.hpp"
#include "config/problem.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tidewire {

/// A request of the admin port that is answered away from the reactors.
struct admin_call {
  std::string method;
  std::string target; ///< path and query
  std::string body;
};

/// Its answer; the body is JSON, or empty with 204.
struct admin_answer {
  unsigned status = 200;
  std::string body;
  std::string headers = {}; ///< more whole lines
};

/// `{"error":…}`, with `"field"` where one is at fault.
admin_answer refusal(unsigned status, std::string_view field,
                     std::string_view sentence);

/// The same for everything that config/ found: `"error"` holds all of it,
/// `"problems"` each by itself.
admin_answer refusal(unsigned status, const std::vector<config::problem>& all);

/// What is to be stored, if anything, and the answer when that has been done.
struct app_decision {
  admin_answer answer;
  std::optional<config::app> put = {};
  std::optional<std::string> erase = {};
  std::string done = {}; ///< a sentence for the log

  bool changes() const noexcept { return put || erase; }
};

/// That many bytes as hex digits, never the same.
using random_source = std::function<std::string(std::size_t bytes)>;

/// Decides a request whose path begins with `/v1/apps`. Pure but for `random`.
app_decision decide(const app_catalogue& catalogue, const admin_call& call,
                    const random_source& random);

} // namespace tidewire
