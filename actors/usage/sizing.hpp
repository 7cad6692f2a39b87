// Which tier fits: from what was, or from what is expected.
#pragma once

#include "actors/commands/answer.hpp"
#include "actors/state/meter/sizing.hpp"
#include "actors/usage/question.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidewire::usage {

/// What a window has to say of sizes. Pure.
class size_fold {
public:
  size_fold(const period& when, std::span<const meter::tier> tiers);

  /// As for a statement_builder.
  bool add(const meter::minute_slice& slice);

  struct outcome {
    meter::statement what;
    std::vector<meter::tier_outcome> tiers; ///< in their order
    /// The most billable connections of each day (UTC) of which something is
    /// known.
    std::vector<std::pair<meter::day, std::uint64_t>> daily_peaks;
  };
  std::variant<outcome, meter::statement_error> finish();

private:
  meter::figures_fold figures_;
  meter::coverage_fold coverage_;
  meter::tier_replay replay_;
  meter::window over_;
  std::map<std::int64_t, std::uint64_t> peaks_;
};

/// What is expected of the time to come.
struct outlook {
  std::optional<std::uint64_t> peak; ///< else that of the window
  std::uint32_t growth_percent = 0;
  std::uint32_t headroom_percent = 0;
};

/// The recommended tier, and what each would have meant. `was`: of a window, if
/// there is one; `now` is the name of the tier there is, or empty.
commands::answer size_answer(std::span<const meter::tier> tiers,
                             const outlook& ahead,
                             const std::optional<subject>& whose,
                             const std::optional<period>& when,
                             const std::optional<size_fold::outcome>& was,
                             std::string_view now);

} // namespace tidewire::usage
