#include "actors/state/cluster/tick_clock.hpp"

namespace tidewire::cluster {

void tick_clock::observe(std::int64_t mono_ns, std::int64_t wall_ns) noexcept {
  if (time_)
    time_->steer(clock_, mono_ns, wall_ns);
  else
    clock_.observe(mono_ns, wall_ns);
}

time_error tick_clock::error(std::int64_t mono_ns, std::int64_t wall_ns) const {
  if (time_)
    return time_->error_of(clock_, mono_ns, wall_ns);
  return {wall_ns - clock_.at(mono_ns), 0, true};
}

} // namespace tidewire::cluster
