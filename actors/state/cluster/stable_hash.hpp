// Hashes that are the same in every process, on every platform and in every
// version: two nodes must find the same owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidewire::cluster {

/// Spreads a number over all 64 bits, one to one (the finalizer of splitmix64).
constexpr std::uint64_t spread(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30u)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27u)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31u);
}

/// Hash of bytes after what was hashed before; text by text, so that "a","bc"
/// differs from "ab","c".
constexpr std::uint64_t stable_hash(std::string_view text,
                                    std::uint64_t before = 0) noexcept {
  auto result = spread(before ^ text.size());
  while (!text.empty()) {
    std::uint64_t word = 0; // least significant byte first, on any machine
    auto size = text.size() < 8 ? text.size() : 8;
    for (std::size_t i = 0; i < size; ++i)
      word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    result = spread(result ^ word);
    text.remove_prefix(size);
  }
  return result;
}

} // namespace tidewire::cluster
