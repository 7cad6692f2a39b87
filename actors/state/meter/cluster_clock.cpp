#include "actors/state/meter/cluster_clock.hpp"

#include <algorithm>
#include <cstdlib>

namespace tidewire::meter {

namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t fine_ppm = 500;
constexpr std::int64_t coarse_ppm = 50'000;

// x · numerator / denominator, rounded down, where the product alone might
// overflow.
std::int64_t scaled(std::int64_t x, std::int64_t numerator,
                    std::int64_t denominator) noexcept {
  auto whole = floor_div(x, denominator);
  auto rest = x - whole * denominator;
  return whole * numerator + floor_div(rest * numerator, denominator);
}

} // namespace

cluster_clock::cluster_clock(std::int64_t mono_ns, std::int64_t wall_ns,
                             tick stated) noexcept
    : mono_ns_(mono_ns),
      cluster_ns_(std::max(wall_ns, stated.ends())),
      offset_ns_(wall_ns - cluster_ns_) {}

cluster_ns cluster_clock::at(std::int64_t mono_ns) const noexcept {
  return cluster_ns_ + scaled(mono_ns - mono_ns_, million + ppm_, million);
}

std::int64_t cluster_clock::mono_of(cluster_ns at_ns) const noexcept {
  auto mono = mono_ns_ + scaled(at_ns - cluster_ns_, million, million + ppm_);
  while (at(mono) < at_ns)
    ++mono;
  while (at(mono - 1) >= at_ns)
    --mono;
  return mono;
}

void cluster_clock::observe(std::int64_t mono_ns,
                            std::int64_t wall_ns) noexcept {
  if (mono_ns < mono_ns_)
    return;
  cluster_ns_ = at(mono_ns);
  mono_ns_ = mono_ns;
  offset_ns_ = wall_ns - cluster_ns_;
  // In a second as much as is missing, within the rates.
  auto limit = std::abs(offset_ns_) > ns_per_second ? coarse_ppm : fine_ppm;
  ppm_ = std::clamp(offset_ns_ / 1000, -limit, limit);
}

void cluster_clock::follow(std::int64_t mono_ns, cluster_ns theirs,
                           std::int64_t ppm) noexcept {
  if (mono_ns < mono_ns_)
    return;
  cluster_ns_ = at(mono_ns);
  mono_ns_ = mono_ns;
  offset_ns_ = theirs - cluster_ns_;
  auto limit = std::abs(offset_ns_) > million ? coarse_ppm : fine_ppm;
  ppm_ = std::clamp(ppm, -coarse_ppm, coarse_ppm)
         + std::clamp(offset_ns_ / 1000, -limit, limit);
}

} // namespace tidewire::meter
