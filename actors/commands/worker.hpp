// Threads for what takes long or waits for the disk.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tidewire::commands {

/// Runs jobs beside the reactors, at a lower priority than theirs. Threads are
/// started at need, at most `most` of them. Any thread may use it.
class worker {
public:
  explicit worker(std::size_t most = 4) : most_(most) {}
  ~worker() { stop(); }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// False if as many jobs wait as may, or it has stopped; then `job` is not
  /// run. A job catches what it throws.
  bool run(std::function<void()> job);

  /// Jobs look at this from time to time, and end when it is true.
  bool stopping() const noexcept { return stopping_; }

  /// Forgets what waits and joins what runs.
  void stop();

private:
  void serve();

  static constexpr std::size_t most_waiting = 64;

  const std::size_t most_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
};

} // namespace tidewire::commands
