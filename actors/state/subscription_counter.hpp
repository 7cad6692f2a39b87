// When subscribers are told how many they are. Pure: the clock is an argument.
#pragma once

#include <cstdint>

namespace tidewire {

/// Every change is told at once, but above 100 subscribers only every 5 s, and
/// only while something changes (protocol.md, 5.8).
class subscription_counter {
public:
  static constexpr std::uint64_t told_at_once = 100;
  static constexpr std::int64_t pause_ns = 5'000'000'000;

  /// Whether they are to be told now that they are `count`.
  bool tell(std::uint64_t count, std::int64_t now_ns) noexcept {
    due_ns_ = 0;
    if (count == told_)
      return false;
    if (count > told_at_once && last_ns_ != 0 && now_ns < last_ns_ + pause_ns) {
      due_ns_ = last_ns_ + pause_ns;
      return false;
    }
    told_ = count;
    last_ns_ = now_ns;
    return true;
  }

  /// When to ask again though nothing has changed; 0 = not at all.
  std::int64_t due_ns() const noexcept { return due_ns_; }

private:
  std::uint64_t told_ = 0;
  std::int64_t last_ns_ = 0;
  std::int64_t due_ns_ = 0;
};

} // namespace tidewire
