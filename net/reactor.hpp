// One thread, one loop: sockets, timers and the actors pinned to it.
#pragma once

#include "net/handover.hpp"
#include "net/pollable.hpp"
#include "net/timing_wheel.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <caf/execution_unit.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace tidewire::net {

/// Nanoseconds of the steady clock.
std::int64_t steady_ns() noexcept;

/// A reactor is the execution unit of its pinned actors and the event loop of
/// its sockets. Every turn it handles a bounded number of ready sockets, runs
/// the actors that have something to do, and writes what became of it with one
/// `writev` per socket. It sleeps only when all three have nothing to do.
///
/// Sockets of clients are watched by an epoll set of the reactor's own, which
/// is itself one descriptor of the Asio loop: a registration costs no memory
/// in the process and no system call per read (DECISIONS.md).
///
/// All members belong to the reactor's thread unless they say otherwise.
class reactor final : public caf::execution_unit {
public:
  /// `called` is the name of the thread in `top -H`; at most 15 characters, the
  /// index of a plain "reactor" behind it.
  reactor(caf::actor_system& system, std::uint32_t index,
          const char* called = "reactor");
  ~reactor() override;

  // -- threads ----------------------------------------------------------------

  /// Starts the thread. Any thread, once.
  void start();

  /// Asks the loop to end when no pinned actor is left, and waits for it. Any
  /// other thread. The caller has told every pinned actor to exit.
  void stop_and_join();

  /// Runs `task` on the reactor's thread, soon. Any thread.
  void post(std::function<void()> task);

  /// Schedules an actor: pinned ones here, all others on CAF's scheduler, so
  /// that no control-plane actor ever blocks the data plane. Any thread.
  void exec_later(caf::resumable* job) override;

  /// Whether the caller runs on this reactor. Any thread.
  bool here() const noexcept;

  /// 0, 1, 2 … in the order of the node. Any thread.
  std::uint32_t index() const noexcept { return index_; }

  // -- descriptors ------------------------------------------------------------

  /// Watches a non-blocking descriptor (level-triggered). Throws
  /// std::system_error when the kernel refuses.
  void watch(pollable& what, int descriptor, std::uint32_t events);

  /// Changes what is waited for, or who is told.
  void rewatch(pollable& what, std::uint32_t events);

  /// Moves a watched descriptor to another owner; nothing is closed.
  void hand_to(pollable& from, pollable& to, std::uint32_t events);

  /// Closes the descriptor. A queued event of it is dropped.
  void close(pollable& what) noexcept;

  /// How many client sockets this reactor holds, whatever they are doing.
  std::size_t sockets() const noexcept { return sockets_; }

  /// How many it was ever given.
  std::uint64_t sockets_added() const noexcept { return sockets_added_; }

  // -- turns ------------------------------------------------------------------

  /// Calls `on_flush` at the end of this turn, once.
  void mark_dirty(pollable& what);

  /// Calls `release` after the turn, when no event can name it any more.
  void release_later(pollable& what);

  /// Called in every turn after the actors ran, before sockets are written.
  /// May make more actors ready; returns whether it did anything.
  void before_flush(std::function<bool()> hook);

  /// The time at the beginning of this turn.
  std::int64_t now() const noexcept { return now_; }

  /// The time while sockets are written, fresh to a few of them.
  std::int64_t flush_now() const noexcept { return flush_now_; }

  /// Calls `what` once, in the first turn at or after `due_ns`, before anything
  /// else is handled. One appointment at a time: a new one replaces the old.
  void appoint(std::int64_t due_ns, std::function<void()> what);

  /// When what this turn finds may have happened already: the beginning of the
  /// turn, or, until everything that came meanwhile is handled, the last turn
  /// before this thread stood still for a second or more.
  std::int64_t found_since() const noexcept {
    return stood_since_ != 0 ? stood_since_ : now_;
  }

  timing_wheel& wheel() noexcept { return wheel_; }
  boost::asio::io_context& io() noexcept { return io_; }

  // -- pinned actors ----------------------------------------------------------

  /// Counts the living actors of this reactor: the loop ends at 0.
  void actor_born() noexcept {
    actors_.fetch_add(1, std::memory_order_relaxed);
  }
  void actor_gone() noexcept {
    actors_.fetch_sub(1, std::memory_order_release);
  }

  /// How often the reactor caught an exception out of somebody's handler.
  std::uint64_t failures() const noexcept { return failures_; }

  /// Notes that an actor caught one of its own.
  void count_failure() noexcept { ++failures_; }

private:
  void run();
  void turn();
  void notice_pause(std::int64_t before) noexcept;
  bool idle() const noexcept;
  void wait();
  void arm_epoll();
  void poll_sockets();
  void run_actors();
  void take_handover();
  void flush();
  void release();

  std::uint32_t index_;
  std::string called_;
  boost::asio::io_context io_;
  int epoll_;
  int wakeup_;
  boost::asio::posix::stream_descriptor epoll_in_asio_;
  bool epoll_ready_ = false;
  std::size_t sockets_ = 0;
  std::uint64_t sockets_added_ = 0;
  std::int64_t now_;
  std::int64_t flush_now_ = 0;
  std::int64_t stood_since_ = 0; // 0 = nothing is left of a pause
  int turns_since_ = 0;
  std::int64_t appointed_ns_ = std::numeric_limits<std::int64_t>::max();
  std::function<void()> appointment_;
  timing_wheel wheel_;
  handover handover_;
  std::deque<caf::resumable*> ready_;
  std::vector<pollable*> dirty_;
  std::vector<pollable*> flushing_;
  std::vector<pollable*> released_;
  std::vector<std::function<bool()>> hooks_;
  std::atomic<std::uint64_t> actors_{0};
  std::uint64_t failures_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

} // namespace tidewire::net
