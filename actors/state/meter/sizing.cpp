#include "actors/state/meter/sizing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidewire::meter {

std::uint64_t expectation::connections() const noexcept {
  auto scaled = peak * (100 + std::uint64_t{growth_percent})
                * (100 + std::uint64_t{headroom_percent});
  return (scaled + 9999) / 10'000;
}

std::optional<std::size_t> smallest_tier(std::span<const tier> tiers,
                                         std::uint64_t connections) noexcept {
  std::optional<std::size_t> best;
  auto cap = [&](std::size_t i) {
    auto x = tiers[i].connections;
    return x == 0 ? std::numeric_limits<std::uint64_t>::max() : x;
  };
  for (std::size_t i = 0; i < tiers.size(); ++i)
    if (cap(i) >= connections && (!best || cap(i) < cap(*best)))
      best = i;
  return best;
}

tier_replay::tier_replay(window over, std::span<const tier> tiers)
    : over_(over) {
  for (auto& t : tiers) {
    states_.emplace_back(cap_rule::of(t, cap_kind::connections));
    outcomes_.push_back(
        {.tier = t.name, .refuses = t.over != when_over::observe});
  }
}

void tier_replay::add(const minute_slice& slice) {
  auto end = std::min(slice.at.last(), over_.last());
  for (std::size_t i = 0; i < states_.size(); ++i) {
    auto& out = outcomes_[i];
    std::uint64_t over_here = 0;
    for (auto t = std::max(slice.at.first(), over_.first()); t <= end;
         t = t + 1) {
      auto place = place_of(t);
      if (!(slice.known & bit(place)))
        continue;
      auto value =
          slice.coarse ? slice.billable.value : slice.sum.at(place).billable();
      if (auto row = states_[i].fold(t, value)) {
        out.graces += row->to == cap_level::grace ? 1 : 0;
        out.times_over += row->to == cap_level::over ? 1 : 0;
      }
      out.grace_seconds += states_[i].level() == cap_level::grace ? 1 : 0;
      over_here += states_[i].level() == cap_level::over ? 1 : 0;
    }
    out.over_seconds += static_cast<std::int64_t>(over_here);
    if (out.refuses)
      out.refused += (slice.sum.did.opened * over_here + minute::ticks / 2)
                     / minute::ticks;
  }
}

std::vector<billing_outcome> compare_rules(const statement& s,
                                           std::span<const tier> tiers) {
  using rule = billing_outcome::rule;
  auto average = average_thousandths(s, s.billable).value_or(0);
  std::vector<billing_outcome> out{{rule::peak, s.billable.peak.value, {}},
                                   {rule::p95, s.billable.p95.value_or(0), {}},
                                   {rule::average, (average + 999) / 1000, {}}};
  for (auto& x : out)
    x.tier = smallest_tier(tiers, x.connections);
  return out;
}

// Least squares. Days may be missing.
std::optional<day>
crossing_day(std::span<const std::pair<day, std::uint64_t>> daily_peaks,
             std::uint64_t cap) noexcept {
  if (daily_peaks.size() < 2)
    return std::nullopt;
  auto first = daily_peaks.front().first.number;
  auto last = daily_peaks.back().first.number;
  auto n = static_cast<double>(daily_peaks.size());
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (auto& [at, peak] : daily_peaks) {
    auto x = static_cast<double>(at.number - first);
    auto y = static_cast<double>(peak);
    sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  auto spread = n * sxx - sx * sx;
  if (spread <= 0)
    return std::nullopt;
  auto slope = (n * sxy - sx * sy) / spread;
  auto base = (sy - slope * sx) / n;
  auto limit = static_cast<double>(cap);
  if (base + slope * static_cast<double>(last - first) > limit)
    return day{last};
  constexpr double ten_years = 3653;
  constexpr double rounding = 1e-9; // a line that is straight stays so
  auto at = slope > 0 ? std::floor((limit - base) / slope + rounding) + 1
                      : std::numeric_limits<double>::infinity();
  if (at > static_cast<double>(last - first) + ten_years)
    return std::nullopt;
  return day{first + static_cast<std::int64_t>(at)};
}

} // namespace tidewire::meter
