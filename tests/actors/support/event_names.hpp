// What the protocol calls what channels tell.
#pragma once

#include <string_view>

namespace tidewire::testing {

inline constexpr std::string_view added = "pusher_internal:member_added";
inline constexpr std::string_view removed = "pusher_internal:member_removed";
inline constexpr std::string_view watched = "pusher_internal:watchlist_events";
inline constexpr std::string_view succeeded =
    "pusher_internal:subscription_succeeded";

} // namespace tidewire::testing
