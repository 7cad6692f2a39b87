#include "actors/owner.hpp"

namespace tidewire {

// FNV-1a with a final mix: the same on every node and in every build, which
// std::hash is not.
std::uint32_t owner_of(const channel_key& key,
                       std::uint32_t reactors) noexcept {
  std::uint64_t hash = 1469598103934665603ull ^ key.app;
  for (unsigned char c : key.name)
    hash = (hash ^ c) * 1099511628211ull;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdull;
  hash ^= hash >> 33;
  return static_cast<std::uint32_t>(hash % reactors);
}

} // namespace tidewire
