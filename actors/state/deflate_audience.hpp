// Who is worth compressing for.
#pragma once

#include "messages/channel_records.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tidewire {

/// Which channels have, on some reactor of this node, subscribers that
/// negotiated compression. The owner of a channel asks before it hands an event
/// out, and then compresses it itself, once: reactors that found no compressed
/// form would all set about making one at the same time.
///
/// Any thread may call it. Channels share a fixed number of places, so that
/// *yes* may be meant for another channel, which costs a needless compression;
/// a *no* may be old news, and then the reactor concerned compresses.
class deflate_audience {
public:
  /// The first such subscriber of an edge has come, or its last one has gone.
  void came(const channel_key& to) noexcept {
    edges_[place(to)].fetch_add(1, std::memory_order_relaxed);
  }
  void gone(const channel_key& from) noexcept {
    edges_[place(from)].fetch_sub(1, std::memory_order_relaxed);
  }

  bool has(const channel_key& channel) const noexcept {
    return edges_[place(channel)].load(std::memory_order_relaxed) != 0;
  }

private:
  static constexpr std::size_t places = 4096;

  static std::size_t place(const channel_key& key) noexcept {
    return channel_key_hash{}(key) % places;
  }

  std::array<std::atomic<std::uint32_t>, places> edges_{};
};

} // namespace tidewire
