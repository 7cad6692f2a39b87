#include "bench/crew.hpp"

#include <algorithm>
#include <csignal>
#include <limits>

namespace tidewire::bench {
namespace {

constexpr nanos beat = 20 * a_millisecond;

std::atomic<bool> signal_seen{false};

void note_signal(int number) {
  signal_seen = true;
  std::signal(number, SIG_DFL);
}

} // namespace

bool interrupted() {
  return signal_seen;
}

void catch_interrupts() {
  std::signal(SIGINT, note_signal);
  std::signal(SIGTERM, note_signal);
}

void worker::run(const std::atomic<stage>& current) {
  for (;;) {
    const auto in = current.load(std::memory_order_acquire);
    if (in == stage::over)
      return;
    const auto at = now();
    events_.turn(std::min(step(in, at), at + beat));
  }
}

crew::crew(const std::vector<worker*>& workers) : workers_(workers) {
  for (auto* one : workers_)
    threads_.emplace_back([this, one] { one->run(current_); });
}

crew::~crew() {
  join();
}

void crew::enter(stage next) {
  current_.store(next, std::memory_order_release);
}

bool crew::wait(stage which, nanos limit,
                const std::function<bool()>& meanwhile) {
  const auto until =
      limit == std::numeric_limits<nanos>::max() ? limit : now() + limit;
  for (;;) {
    if (std::all_of(workers_.begin(), workers_.end(),
                    [which](const worker* w) { return w->finished(which); }))
      return true;
    if (interrupted() || now() >= until || !meanwhile())
      return false;
    std::this_thread::sleep_for(std::chrono::nanoseconds(beat));
  }
}

void crew::pass(nanos time, const std::function<bool()>& meanwhile) {
  const auto until = now() + time;
  for (auto at = now(); at < until; at = now()) {
    if (interrupted() || !meanwhile())
      return;
    std::this_thread::sleep_for(
        std::chrono::nanoseconds(std::min(beat, until - at)));
  }
}

void crew::join() {
  enter(stage::over);
  threads_.clear();
}

} // namespace tidewire::bench
