// Work that other threads hand to a reactor.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "caf/resumable.hpp"

namespace tidewire::net {

/// A queue with many writers and one reader: a stack of nodes that the reader
/// takes whole and turns round, so order of arrival is kept and no writer
/// ever waits.
class handover {
public:
  struct item {
    caf::resumable* job = nullptr; // a counted reference travels with it
    std::function<void()> task;
    item* next = nullptr;
  };

  handover() noexcept = default;
  handover(const handover&) = delete;
  handover& operator=(const handover&) = delete;

  ~handover() { drop(take()); }

  /// Any thread. True if the queue was empty, so that the reader needs waking.
  bool push(item* x) noexcept {
    // Once pushed, `x` is the reader's, which may have deleted it already.
    auto* before = head_.load(std::memory_order_relaxed);
    do
      x->next = before;
    while (!head_.compare_exchange_weak(before, x, std::memory_order_seq_cst,
                                        std::memory_order_relaxed));
    return before == nullptr;
  }

  /// The reader only: everything so far, oldest first.
  item* take() noexcept {
    auto* newest = head_.exchange(nullptr, std::memory_order_acquire);
    item* oldest = nullptr;
    while (newest) {
      auto* next = std::exchange(newest->next, oldest);
      oldest = std::exchange(newest, next);
    }
    return oldest;
  }

  bool empty() const noexcept {
    return head_.load(std::memory_order_relaxed) == nullptr;
  }

  /// Releases items that nobody will run.
  static void drop(item* x) noexcept {
    while (x) {
      auto* next = x->next;
      if (x->job)
        x->job->intrusive_ptr_release_impl();
      delete x;
      x = next;
    }
  }

private:
  std::atomic<item*> head_{nullptr};
};

} // namespace tidewire::net
