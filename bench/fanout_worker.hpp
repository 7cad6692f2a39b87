// One thread of a fan-out run: its subscribers and its publishers.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "bench/client_pool.hpp"
#include "bench/crew.hpp"
#include "bench/http_publisher.hpp"
#include "bench/modes.hpp"
#include "bench/sampler.hpp"

namespace tidewire::bench {

/// Subscribers and publishers number `index`, `index + threads`, … of a run.
class fanout_worker final : public worker {
public:
  /// Latencies are recorded while `measuring`. Times count from `epoch`.
  fanout_worker(const run_settings& settings, const fanout_options& options,
                std::size_t index, nanos epoch,
                const std::atomic<bool>& measuring);

  /// So far; for any thread.
  std::atomic<std::uint64_t> deliveries{0};
  std::atomic<std::uint64_t> accepted{0};

  client_pool pool;

  /// When the thread has ended: adds what its publishers and samplers found.
  void add_to(publish_figures& published, histogram& latency) const;
  std::uint64_t gaps() const;
  std::uint64_t disorder() const;

private:
  nanos step(stage current, nanos at) override;
  void open_publishers();
  nanos publish(nanos at);
  nanos publish_at_rate(nanos at, std::time_t unix_time);
  std::uint64_t outstanding() const;

  const fanout_options& options_;
  const std::atomic<bool>& measuring_;
  bool recording_ = false;
  nanos interval_ = 0; ///< between this worker's events at a fixed rate
  nanos due_ = 0;
  std::size_t turn_ = 0; ///< the publisher that is next
  std::vector<std::unique_ptr<http_publisher>> publishers_;
  std::deque<delivery_sampler> samplers_;
  histogram latency_;
};

} // namespace tidewire::bench
