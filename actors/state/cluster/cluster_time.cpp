#include "actors/state/cluster/cluster_time.hpp"

#include <algorithm>
#include <cstdlib>

namespace tidewire::cluster {

namespace {

// By how much two monotonic clocks may take an estimate off as it grows old.
constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t drift_ppm = 500;

// An hour. What is longer on the way tells nothing, and times stay small enough
// to be multiplied.
constexpr std::int64_t longest_answer_ns = 3600 * meter::ns_per_second;

constexpr std::int64_t parts(std::int64_t of_ns, std::int64_t ppm) noexcept {
  return of_ns / 1000 * ppm / 1000;
}

} // namespace

void cluster_time::heard(const life& who, std::int64_t now_ns,
                         std::int64_t round_trip_ns, std::int64_t held_ns,
                         meter::cluster_ns their_time, std::int64_t their_ppm) {
  if (round_trip_ns < 0 || round_trip_ns > longest_answer_ns || held_ns < 0
      || held_ns > round_trip_ns || their_ppm > million || their_ppm < -million)
    return;
  auto way_ns = round_trip_ns - held_ns;
  auto& one = peers_[who];
  auto bound_ns = way_ns / 2 + 1 + parts(way_ns / 2, std::abs(their_ppm))
                  + parts(held_ns, drift_ppm);
  one.samples[one.next] = {now_ns, their_time + way_ns / 2, their_ppm, way_ns,
                           bound_ns};
  one.next = (one.next + 1) % kept;
}

std::optional<cluster_time::estimate>
cluster_time::time_of(const life& who, std::int64_t now_ns) const {
  auto at = peers_.find(who);
  if (at == peers_.end())
    return std::nullopt;
  const auto& all = at->second;
  std::optional<estimate> best;
  // From the newest to the oldest one: rates that were told since.
  auto least_ppm = million, most_ppm = -million;
  for (std::size_t i = 0; i < kept; ++i) {
    const auto& one = all.samples[(all.next + kept - 1 - i) % kept];
    auto old_ns = now_ns - one.at_ns;
    if (one.round_trip_ns < 0 || old_ns < 0 || old_ns > longest_answer_ns)
      continue;
    least_ppm = std::min(least_ppm, one.ppm);
    most_ppm = std::max(most_ppm, one.ppm);
    // Its rate has changed since, at a time that is not known.
    auto unsure_ppm =
        drift_ppm + std::max(most_ppm - one.ppm, one.ppm - least_ppm);
    auto bound_ns = one.bound_ns + parts(old_ns, unsure_ppm);
    if (!best || bound_ns < best->bound_ns)
      best = {one.time + old_ns + parts(old_ns, one.ppm), one.ppm, bound_ns};
  }
  return best;
}

void cluster_time::steer(meter::cluster_clock& clock, std::int64_t now_ns,
                         std::int64_t wall_ns) const {
  if (!oldest_)
    clock.observe(now_ns, wall_ns);
  else if (auto is = time_of(*oldest_, now_ns))
    clock.follow(now_ns, is->time, is->ppm);
  else
    clock.follow(now_ns, clock.at(now_ns), 0);
}

time_error cluster_time::error_of(const meter::cluster_clock& clock,
                                  std::int64_t now_ns,
                                  std::int64_t wall_ns) const {
  if (!oldest_)
    return {wall_ns - clock.at(now_ns), 0, true};
  if (auto is = time_of(*oldest_, now_ns))
    return {is->time - clock.at(now_ns), is->bound_ns, true};
  return {};
}

std::optional<std::int64_t> cluster_time::round_trip_ns(const life& who) const {
  std::optional<std::int64_t> best;
  if (auto at = peers_.find(who); at != peers_.end())
    for (const auto& one : at->second.samples)
      if (one.round_trip_ns >= 0 && (!best || one.round_trip_ns < *best))
        best = one.round_trip_ns;
  return best;
}

} // namespace tidewire::cluster
