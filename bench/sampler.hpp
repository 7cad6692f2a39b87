// Looks closely at what a few of the subscribers receive.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/clock.hpp"
#include "bench/histogram.hpp"
#include "bench/wire.hpp"

namespace tidewire::bench {

/// Latency and order of the deliveries of one subscriber. Only some subscribers
/// have one, because reading the clock for each delivery would cost more than
/// the delivery does.
class delivery_sampler {
public:
  /// `into` takes the latencies while `recording`; stamps count from `epoch`.
  delivery_sampler(histogram& into, nanos epoch, const bool& recording)
      : into_(into), epoch_(epoch), recording_(recording) {}

  void saw(const stamp& value, nanos at);

  /// Events that were skipped, and events that came again or too late.
  std::uint64_t lost() const { return lost_; }
  std::uint64_t out_of_order() const { return out_of_order_; }

private:
  histogram& into_;
  nanos epoch_;
  const bool& recording_;
  std::vector<std::uint32_t> next_; // the sequence each publisher is at
  std::uint64_t lost_ = 0;
  std::uint64_t out_of_order_ = 0;
};

} // namespace tidewire::bench
