#include "net/timing_wheel.hpp"

#include <algorithm>

namespace tidewire::net {

timing_wheel::timing_wheel(std::int64_t now_ns) noexcept
    : tick_(static_cast<std::uint64_t>(now_ns / tick_ns)) {
  for (auto& slot : slots_)
    slot.next_ = slot.prev_ = &slot;
}

timing_wheel::~timing_wheel() {
  for (auto& slot : slots_)
    while (slot.next_ != &slot)
      slot.next_->cancel();
}

void timing_wheel::link(timer& where, timer& t) noexcept {
  t.next_ = &where;
  t.prev_ = where.prev_;
  where.prev_->next_ = &t;
  where.prev_ = &t;
}

void timing_wheel::arm(timer& t, std::int64_t due_ns) noexcept {
  t.cancel();
  auto due = static_cast<std::uint64_t>((due_ns + tick_ns - 1) / tick_ns);
  t.due_ = std::max(due, tick_ + 1);
  link(slots_[t.due_ % slots], t);
}

void timing_wheel::advance(std::int64_t now_ns) {
  auto target = static_cast<std::uint64_t>(now_ns / tick_ns);
  // After a long pause one full round visits every slot, which is enough.
  if (target > tick_ + slots)
    tick_ = target - slots;
  while (tick_ < target) {
    ++tick_;
    auto& slot = slots_[tick_ % slots];
    // Callbacks change lists, so what is due moves to a list of its own first.
    anchor due;
    due.next_ = due.prev_ = &due;
    for (auto* t = slot.next_; t != &slot;) {
      auto* next = t->next_;
      if (t->due_ <= tick_) {
        t->cancel();
        link(due, *t);
      }
      t = next;
    }
    while (due.next_ != &due) {
      auto* t = due.next_;
      t->cancel();
      t->fire_(*t);
    }
    due.next_ = due.prev_ = nullptr;
  }
}

} // namespace tidewire::net
