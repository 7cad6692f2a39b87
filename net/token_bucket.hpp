// How much may pass per second, when several reactors share one allowance.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace tidewire {

/// The generic cell rate algorithm: one number, the time at which everything
/// taken so far would have come in evenly. A second's worth may be taken at
/// once, the next one when its share of the second has passed. Any thread; no
/// lock; pure but for its atomic: the time is an argument.
class token_bucket {
public:
  /// Takes `cost` at `now_ns` (steady). Returns 0, or if that is too much now,
  /// how long to wait, and takes nothing. 0 per second means no limit. What
  /// costs more than a second's worth passes when nothing is owed, and keeps
  /// others waiting for as long as it is worth. `reserve` is left for others:
  /// what would go below it has to wait.
  std::int64_t take(std::int64_t now_ns, std::uint32_t per_second,
                    std::uint32_t cost = 1,
                    std::uint32_t reserve = 0) noexcept {
    if (per_second == 0 || cost == 0)
      return 0;
    auto one = second_ns / per_second;
    auto worth = one * cost;
    auto due = due_ns_.load(std::memory_order_relaxed);
    for (;;) {
      auto owed = std::max<std::int64_t>(due - now_ns, 0);
      auto room =
          one * per_second
          - std::min<std::int64_t>(worth + one * reserve, one * per_second);
      if (owed > room)
        return owed - room;
      if (due_ns_.compare_exchange_weak(due, now_ns + owed + worth,
                                        std::memory_order_relaxed))
        return 0;
    }
  }

  /// Undoes a `take`, because something else said no.
  void give_back(std::uint32_t per_second, std::uint32_t cost = 1) noexcept {
    if (per_second != 0)
      due_ns_.fetch_sub(second_ns / per_second * cost,
                        std::memory_order_relaxed);
  }

private:
  static constexpr std::int64_t second_ns = 1'000'000'000;

  std::atomic<std::int64_t> due_ns_{0};
};

} // namespace tidewire
