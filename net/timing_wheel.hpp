// Timers of a reactor: one wheel for all, no timer object per connection.
#pragma once

#include <array>
#include <cstdint>

namespace tidewire::net {

/// A place in the wheel. Embedded in whatever wants to be called back; 32
/// bytes. Not copyable, because the wheel points at it.
class timer {
public:
  using callback = void (*)(timer&);

  explicit timer(callback fire) noexcept : fire_(fire) {}
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  ~timer() { cancel(); }

  bool armed() const noexcept { return next_ != nullptr; }

  /// Takes the timer out of its wheel. Does nothing if it is not armed.
  void cancel() noexcept {
    if (!next_)
      return;
    prev_->next_ = next_;
    next_->prev_ = prev_;
    next_ = prev_ = nullptr;
  }

private:
  friend class timing_wheel;

  timer* next_ = nullptr;
  timer* prev_ = nullptr;
  callback fire_;
  std::uint64_t due_ = 0; // in ticks
};

/// A hashed timing wheel: arming, cancelling and firing are O(1). Deadlines
/// are rounded up to the next tick, so a timer never fires early.
/// Belongs to one thread. Time is an argument: nanoseconds of any clock that
/// does not run backwards.
class timing_wheel {
public:
  static constexpr std::int64_t tick_ns = 20'000'000;
  static constexpr std::size_t slots = 4096;

  explicit timing_wheel(std::int64_t now_ns) noexcept;
  /// Lets go of whatever is still armed.
  ~timing_wheel();
  timing_wheel(const timing_wheel&) = delete;
  timing_wheel& operator=(const timing_wheel&) = delete;

  /// Arms `t`, or moves it if it is armed already.
  void arm(timer& t, std::int64_t due_ns) noexcept;

  /// Calls back every timer that is due. A callback may arm and cancel any
  /// timer, its own included, and destroy its own.
  void advance(std::int64_t now_ns);

private:
  struct anchor : timer {
    anchor() noexcept : timer(nullptr) {}
  };

  static void link(timer& where, timer& t) noexcept;

  std::array<anchor, slots> slots_;
  std::uint64_t tick_; // the last tick that has been handled
};

} // namespace tidewire::net
