// The generator's threads and the stages they go through together.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "bench/loop.hpp"

namespace tidewire::bench {

/// What all workers do at a time. A mode uses those it needs, in this order.
enum class stage : int {
  opening,
  holding,
  publishing,
  draining,
  closing,
  over
};

/// One thread of the generator with its own loop. It shares nothing with the
/// others; what the conductor reads of it meanwhile is atomic.
class worker {
public:
  virtual ~worker() = default;

  /// The highest stage whose work is done.
  bool finished(stage which) const {
    return finished_.load(std::memory_order_acquire) >= static_cast<int>(which);
  }

protected:
  /// Does what this stage asks for at this moment. Returns when it wants to be
  /// called again at the latest; it is called after every turn of the loop.
  virtual nanos step(stage current, nanos at) = 0;

  void finish(stage which) {
    finished_.store(static_cast<int>(which), std::memory_order_release);
  }

  loop events_;

private:
  friend class crew;
  void run(const std::atomic<stage>& current);

  std::atomic<int> finished_{-1};
};

/// Runs workers on threads of their own and leads them from stage to stage.
/// For the conductor's thread only.
class crew {
public:
  explicit crew(const std::vector<worker*>& workers);
  ~crew();

  /// Begins a stage; the workers take note within 20 ms.
  void enter(stage next);

  /// Waits until every worker has finished the stage, at most `limit`, and
  /// calls `meanwhile` every 20 ms; ends early when that returns false or the
  /// person at the keyboard interrupts. True if all have finished.
  bool wait(stage which, nanos limit, const std::function<bool()>& meanwhile);

  /// As wait, for a span of time.
  void pass(nanos time, const std::function<bool()>& meanwhile);

  /// Ends the threads. From then on the workers' figures may be read.
  void join();

private:
  std::vector<worker*> workers_;
  std::atomic<stage> current_{stage::opening};
  std::vector<std::jthread> threads_;
};

/// Whether SIGINT or SIGTERM has come; the run then ends in good order.
bool interrupted();

/// Lets SIGINT and SIGTERM set interrupted() instead of ending the program; a
/// second one ends it.
void catch_interrupts();

} // namespace tidewire::bench
