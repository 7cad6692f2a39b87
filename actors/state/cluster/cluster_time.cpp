#include "actors/state/cluster/cluster_time.hpp"

#include <algorithm>
#include <cstdlib>

namespace tidewire::cluster {

namespace {

// By how much two monotonic clocks may take an estimate off as it grows old.
constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t drift_ppm = 500;

// No clock of a node runs faster or slower than that: cluster_clock.
constexpr std::int64_t most_slewed_ppm = 100'000;

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
  if (their_ppm > million || their_ppm < -million)
    return;
  sample one{now_ns, their_time, their_ppm, -1, 0};
  if (round_trip_ns >= 0 && round_trip_ns <= longest_answer_ns && held_ns >= 0
      && held_ns <= longest_answer_ns) {
    // What was held is by their clock: of a long time it may be more than all.
    one.unsure_ns = parts(held_ns, drift_ppm);
    if (held_ns <= round_trip_ns + one.unsure_ns)
      one.way_ns = std::max(round_trip_ns - held_ns, std::int64_t{0});
  }
  auto& all = peers_[who];
  all.samples[all.heard++ % kept] = one;
}

std::optional<cluster_time::estimate>
cluster_time::time_of(const life& who, std::int64_t now_ns) const {
  auto at = peers_.find(who);
  if (at == peers_.end())
    return std::nullopt;
  const auto& all = at->second;
  const auto& last = all.newest(0);
  std::optional<estimate> best;
  // From the newest to the oldest one: the rates that it may have had since.
  auto least_ppm = last.ppm, most_ppm = last.ppm;
  for (std::size_t i = 0; i < std::min(all.heard, kept); ++i) {
    const auto& one = all.newest(i);
    least_ppm = std::min(least_ppm, one.ppm);
    most_ppm = std::max(most_ppm, one.ppm);
    if (i > 0
        && (one.way_ns < 0
            || all.newest(i - 1).at_ns - one.at_ns + one.way_ns > steered_ns)) {
      // And perhaps others in between.
      least_ppm = -most_slewed_ppm;
      most_ppm = most_slewed_ppm;
    }
    // It spoke so long ago, half of the way more or less.
    auto half_ns = one.way_ns / 2;
    auto old_ns = now_ns - one.at_ns + half_ns;
    if (one.way_ns < 0 || now_ns < one.at_ns || old_ns > longest_answer_ns)
      continue;
    auto mean_ppm = (least_ppm + most_ppm) / 2;
    auto unsure_ppm = drift_ppm + (most_ppm - least_ppm + 1) / 2;
    auto bound_ns = one.unsure_ns + half_ns + 1
                    + parts(half_ns, std::abs(mean_ppm))
                    + parts(old_ns + half_ns, unsure_ppm);
    if (!best || bound_ns < best->bound_ns)
      best = {one.time + old_ns + parts(old_ns, mean_ppm), last.ppm, bound_ns};
  }
  return best;
}

void cluster_time::steer(meter::cluster_clock& clock, std::int64_t now_ns,
                         std::int64_t wall_ns) const {
  if (now_ns - clock.set_ns() < steered_ns)
    return;
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

std::optional<std::int64_t>
cluster_time::ahead_ns(const life& who, const meter::cluster_clock& clock,
                       std::int64_t now_ns) const {
  if (auto is = time_of(who, now_ns))
    return is->time - clock.at(now_ns);
  return std::nullopt;
}

std::optional<std::int64_t> cluster_time::round_trip_ns(const life& who) const {
  std::optional<std::int64_t> best;
  if (auto at = peers_.find(who); at != peers_.end())
    for (const auto& one : at->second.samples)
      if (one.way_ns >= 0 && (!best || one.way_ns < *best))
        best = one.way_ns;
  return best;
}

} // namespace tidewire::cluster
