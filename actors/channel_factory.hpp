// Which behaviour a channel has: chosen by its name.
#pragma once

#include "actors/state/channel_state.hpp"
#include "config/settings.hpp"

#include <memory>

namespace tidewire {

/// Makes the state of a channel. `edges_awaited` is 0 for a channel that never
/// was, and the number of edges when it replaces one that failed. A new kind
/// of channel is one row here.
std::unique_ptr<channel_state>
make_channel(channel_key key, std::uint32_t edges_awaited,
             const config::limit_settings& limits);

} // namespace tidewire
