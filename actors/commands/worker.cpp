#include "actors/commands/worker.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tidewire::commands {

namespace {

// On Linux a thread has a priority of its own.
void step_back() noexcept {
  constexpr int nicer = 10;
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)),
                      nicer);
}

} // namespace

bool worker::run(std::function<void()> job) {
  std::lock_guard lock{mutex_};
  if (stopping_ || waiting_.size() >= most_waiting)
    return false;
  if (idle_ <= waiting_.size() && threads_.size() < most_)
    threads_.emplace_back([this] { serve(); });
  waiting_.push_back(std::move(job));
  wake_.notify_one();
  return true;
}

void worker::serve() {
  step_back();
  std::unique_lock lock{mutex_};
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (stopping_)
      return;
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job();
    job = nullptr; // what it holds may ask for the lock, too
    lock.lock();
  }
}

void worker::stop() {
  std::deque<std::function<void()>> forgotten;
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
    forgotten.swap(waiting_);
    wake_.notify_all();
  }
  for (auto& each : threads_)
    each.join();
  threads_.clear();
}

} // namespace tidewire::commands
