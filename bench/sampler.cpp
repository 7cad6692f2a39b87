#include "bench/sampler.hpp"

namespace tidewire::bench {

void delivery_sampler::saw(const stamp& value, nanos at) {
  if (recording_)
    into_.add(at - epoch_ - static_cast<nanos>(value.sent));
  if (value.publisher >= next_.size())
    next_.resize(value.publisher + 1u, 0);
  auto& next = next_[value.publisher];
  if (value.sequence < next) {
    ++out_of_order_;
    // It was counted as lost when its successor arrived; a second copy never
    // was, but then nothing is missing.
    if (lost_ > 0)
      --lost_;
    return;
  }
  lost_ += value.sequence - next;
  next = value.sequence + 1;
}

} // namespace tidewire::bench
