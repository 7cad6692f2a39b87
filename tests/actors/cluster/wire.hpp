// Lines between the nodes of a test: messages that take time, and break.
#pragma once

#include "actors/cluster_port.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tidewire::testing {

/// Carries everything between the nodes on one thread, in the order of each
/// line, and is the thread of the links for all of them.
class wire {
public:
  wire();
  ~wire();

  /// Nodes have the numbers 0, 1, 2 …; each of them knows the others by these
  /// plus one, and a later life by a number that nobody had.
  void add(std::uint32_t node, cluster_port& port, cluster::life who,
           std::uint32_t reactors);

  /// A new line between two nodes; the one that is there breaks first.
  void join(std::uint32_t a, std::uint32_t b);

  /// It breaks: what is on the way is lost.
  void cut(std::uint32_t a, std::uint32_t b);

  /// The same, soon. Any thread.
  void cut_soon(std::uint32_t a, std::uint32_t b) {
    post([this, a, b] { break_between(a, b); });
  }

  /// Nothing is carried from now on.
  void stop();

  /// From now on a message takes up to so long.
  void delay(std::chrono::milliseconds most) { delay_ = most.count(); }

  /// From now on lines say so often that they take no more, and a millisecond
  /// later that they do.
  void choke(bool often) { choke_ = often; }

  /// Whatever has been sent so far has arrived.
  void quiet();

  /// Bytes that went from one node to another one.
  std::uint64_t bytes(std::uint32_t from, std::uint32_t to) const;

private:
  class line;

  struct end {
    cluster_port* port = nullptr;
    cluster::life who;
    std::uint32_t reactors = 1;
  };

  using clock = std::chrono::steady_clock;

  void post(std::function<void()> task,
            clock::time_point due = clock::time_point::min());
  void call(std::function<void()> task); // and waits for it
  void break_between(std::uint32_t a, std::uint32_t b);
  void run();

  std::map<std::uint32_t, end> ends_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::shared_ptr<line>>
      lines_;
  std::atomic<std::int64_t> delay_{0};
  std::atomic<bool> choke_{false};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<clock::time_point, std::function<void()>> tasks_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> bytes_;
  std::uint64_t on_the_way_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace tidewire::testing
