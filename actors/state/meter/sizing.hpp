// Which tier fits, and what others would have meant.
#pragma once

#include "actors/state/meter/cap_state.hpp"
#include "actors/state/meter/statement.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidewire::meter {

/// What to be ready for: `peak` connections that grow by `growth_percent` and
/// leave `headroom_percent` free on top.
struct expectation {
  std::uint64_t peak = 0;
  std::uint32_t growth_percent = 0;
  std::uint32_t headroom_percent = 0;

  /// Rounded up.
  std::uint64_t connections() const noexcept;
};

/// The place of the tier with the smallest cap that holds so many connections
/// (one without a cap holds any); of equals the first. Nothing if none does.
std::optional<std::size_t> smallest_tier(std::span<const tier> tiers,
                                         std::uint64_t connections) noexcept;

/// What a tier would have meant over a window.
struct tier_outcome {
  std::string tier;
  std::uint64_t graces = 0; ///< times the cap was crossed into a grace
  std::int64_t grace_seconds = 0;
  std::uint64_t times_over = 0;
  std::int64_t over_seconds = 0;
  /// Newcomers in minutes that were over, in proportion to their seconds over:
  /// an estimate, since who is refused does not stay and may come again.
  std::uint64_t refused = 0;
  bool refuses = true; ///< false: `observe`, none would have been turned away

  friend bool operator==(const tier_outcome&, const tier_outcome&) = default;
};

/// Replays the fold of every tier over a window, minute by minute.
class tier_replay {
public:
  tier_replay(window over, std::span<const tier> tiers);

  /// Ascending, those with ticks; coarse ones count with their peak at every
  /// second.
  void add(const minute_slice& slice);
  std::vector<tier_outcome> outcomes() const { return outcomes_; }

private:
  window over_;
  std::vector<cap_state> states_;
  std::vector<tier_outcome> outcomes_;
};

/// What one way to bill would have charged for.
struct billing_outcome {
  enum class rule : std::uint8_t { peak, p95, average };

  rule by = rule::peak;
  std::uint64_t connections = 0;   ///< rounded up
  std::optional<std::size_t> tier; ///< the smallest that holds them
};

/// By peak, p95 and average of what is billable, in this order.
std::vector<billing_outcome> compare_rules(const statement& s,
                                           std::span<const tier> tiers);

/// The day on which a straight line through the daily peaks first reaches above
/// `cap`, the last day with a peak or later; nothing if it does not rise, or
/// not within ten years. Needs peaks of at least two days.
std::optional<day>
crossing_day(std::span<const std::pair<day, std::uint64_t>> daily_peaks,
             std::uint64_t cap) noexcept;

} // namespace tidewire::meter
