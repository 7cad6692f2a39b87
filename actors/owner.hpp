// Where the one CHANNEL of a name lives.
#pragma once

#include "messages/channel_records.hpp"

namespace tidewire {

/// The reactor that owns a channel. The node is always this one today; the
/// view of a cluster will choose it before the reactor is chosen.
std::uint32_t owner_of(const channel_key& key, std::uint32_t reactors) noexcept;

} // namespace tidewire
