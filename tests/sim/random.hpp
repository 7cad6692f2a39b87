// Random numbers that are the same on every platform and in every year: a seed
// is a history.
#pragma once

#include <cstdint>

namespace tidewire::sim {

/// splitmix64. Copyable: a copy gives the same numbers.
class random {
public:
  explicit random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15u;
    auto x = state_;
    x = (x ^ (x >> 30u)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27u)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31u);
  }

  /// 0 … n-1; 0 if n is 0. The bias for large n does not matter here.
  std::uint64_t below(std::uint64_t n) noexcept {
    return n == 0 ? 0 : (next() >> 11u) % n;
  }
  std::int64_t between(std::int64_t least, std::int64_t most) noexcept {
    return least
           + static_cast<std::int64_t>(
               below(static_cast<std::uint64_t>(most - least + 1)));
  }
  /// True in so many of a thousand cases.
  bool chance(std::uint64_t per_mille) noexcept {
    return below(1000) < per_mille;
  }

private:
  std::uint64_t state_;
};

} // namespace tidewire::sim
