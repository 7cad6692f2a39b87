#include "net/address_table.hpp"

#include <random>

namespace tidewire::net {

namespace {

// A word: 40 bits of fingerprint above 24 bits of count. A count is at least
// 1, so 0 is a free word.
constexpr unsigned count_bits = 24;
constexpr std::uint64_t count_mask = (std::uint64_t{1} << count_bits) - 1;

constexpr std::uint64_t fingerprint(std::uint64_t mixed) noexcept {
  return mixed & ~count_mask;
}

constexpr bool is_of(std::uint64_t value, std::uint64_t print) noexcept {
  return value != 0 && (value & ~count_mask) == print;
}

// A permutation of 64 bits (the finaliser of SplitMix64).
constexpr std::uint64_t stir(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

} // namespace

address_table::address_table() {
  std::random_device random;
  for (auto& seed : seeds_)
    seed = std::uint64_t{random()} << 32 | random();
}

address_table::~address_table() {
  delete[] table_.load();
}

address_table::word* address_table::table() {
  auto* here = table_.load(std::memory_order_acquire);
  if (here)
    return here;
  auto fresh = std::make_unique<word[]>(words);
  if (table_.compare_exchange_strong(here, fresh.get()))
    return fresh.release();
  return here;
}

std::uint64_t address_table::mixed(std::uint64_t group) const noexcept {
  return stir(stir(group ^ seeds_[0]) + seeds_[1]);
}

std::optional<address_table::place> address_table::enter(std::uint64_t group,
                                                         std::uint32_t limit) {
  if (limit == 0)
    return 0;
  auto hash = mixed(group);
  auto print = fingerprint(hash);
  auto first = (hash & ((std::size_t{1} << bucket_bits) - 1)) * ways;
  auto* bucket = table() + first;
  auto place_of = [&](std::size_t i) {
    return static_cast<place>(first + i + 1);
  };
  for (int tries = 0; tries < 64; ++tries) {
    auto free = ways;
    for (std::size_t i = 0; i < ways; ++i) {
      auto value = bucket[i].load(std::memory_order_acquire);
      while (is_of(value, print)) {
        if ((value & count_mask) >= limit)
          return std::nullopt;
        if (bucket[i].compare_exchange_weak(value, value + 1))
          return place_of(i);
      }
      if (value == 0 && free == ways)
        free = i;
    }
    if (free == ways)
      return 0; // crowded
    std::uint64_t nobody = 0;
    if (!bucket[free].compare_exchange_strong(nobody, print | 1))
      continue;
    // Another reactor may have put the same group into another word meanwhile:
    // whoever sees that, and is still alone in its own, joins the other.
    auto twice = false;
    for (std::size_t i = 0; i < ways; ++i)
      twice = twice || (i != free && is_of(bucket[i].load(), print));
    auto alone = print | 1;
    if (!twice || !bucket[free].compare_exchange_strong(alone, 0))
      return place_of(free);
  }
  return 0;
}

void address_table::leave(place at) noexcept {
  auto* all = table_.load(std::memory_order_acquire);
  if (at == 0 || !all)
    return;
  auto& slot = all[at - 1];
  auto value = slot.load(std::memory_order_relaxed);
  while (!slot.compare_exchange_weak(value,
                                     (value & count_mask) == 1 ? 0 : value - 1))
    ; // somebody else came or went
}

std::uint32_t address_table::count(std::uint64_t group) const noexcept {
  auto* all = table_.load(std::memory_order_acquire);
  if (!all)
    return 0;
  auto hash = mixed(group);
  auto* bucket = all + (hash & ((std::size_t{1} << bucket_bits) - 1)) * ways;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < ways; ++i)
    if (auto value = bucket[i].load(); is_of(value, fingerprint(hash)))
      sum += value & count_mask;
  return static_cast<std::uint32_t>(sum);
}

} // namespace tidewire::net
