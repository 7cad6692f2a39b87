// Where the one CHANNEL of a name lives.
#pragma once

#include "messages/channel_records.hpp"

namespace tidewire {

/// The reactor that owns a channel where there is no cluster; in a cluster its
/// view chooses (`shard::owner_of`).
std::uint32_t owner_of(const channel_key& key, std::uint32_t reactors) noexcept;

} // namespace tidewire
