// Which member owns a channel, and which of its reactors.
#pragma once

#include "actors/state/cluster/view.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidewire::cluster {

/// A channel's place in a view.
struct channel_owner {
  std::uint32_t member = 0;  // index in view::members
  std::uint32_t reactor = 0; // < that member's reactors

  friend bool operator==(const channel_owner&, const channel_owner&) = default;
};

/// What a channel is known by to rendezvous hashing. Whoever asks for owner and
/// runner-up, or in two views, may compute it once.
std::uint64_t channel_hash(std::string_view app_id,
                           std::string_view channel) noexcept;

/// The owner by rendezvous hashing (design §5). A node keeps its channels
/// through a restart: its name counts, not its life. Draining members own
/// nothing, unless all are. Linear in the members; allocates nothing.
channel_owner owner_of(const view& in, std::uint64_t key) noexcept;

inline channel_owner owner_of(const view& in, std::string_view app_id,
                              std::string_view channel) noexcept {
  return owner_of(in, channel_hash(app_id, channel));
}

/// The owner in the same view without the present owner: by construction who
/// owns it next if the owner goes. A cluster of one has none.
std::optional<channel_owner> runner_up_of(const view& in,
                                          std::uint64_t key) noexcept;

inline std::optional<channel_owner>
runner_up_of(const view& in, std::string_view app_id,
             std::string_view channel) noexcept {
  return runner_up_of(in, channel_hash(app_id, channel));
}

} // namespace tidewire::cluster
