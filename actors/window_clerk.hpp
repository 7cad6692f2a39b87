// The statements of the present hour, day and month, for /metrics.
#pragma once

#include "actors/state/meter/tier.hpp"
#include "messages/reading.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace tidewire {

/// Where the latest figures hang. Any thread.
class window_board {
public:
  void put(std::shared_ptr<const window_list> what) { it_ = std::move(what); }
  std::shared_ptr<const window_list> get() const { return it_; }

private:
  std::atomic<std::shared_ptr<const window_list>> it_;
};

/// Reads the ledger on a thread of its own, so that the figures are those of
/// the statements, to the digit. Each window is stated again after a minute, or
/// after two hundred times as long as it took: at most 0.5 % of a core, however
/// many apps there are. What cannot be read stays as it was.
class window_clerk {
public:
  window_clerk(std::string ledger, meter::meter_settings settings,
               std::shared_ptr<window_board> board);
  ~window_clerk();
  window_clerk(const window_clerk&) = delete;
  window_clerk& operator=(const window_clerk&) = delete;

  void start();

private:
  struct errand {
    const char* window;
    std::int64_t due_ns = 0;
    window_list found = {};
  };

  void run();
  bool state(errand& what);
  bool wait_until(std::int64_t due_ns);

  const std::string ledger_;
  const meter::meter_settings settings_;
  const std::shared_ptr<window_board> board_;
  std::mutex mutex_;
  std::condition_variable told_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

} // namespace tidewire
