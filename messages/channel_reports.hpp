// What a channel has to report: facts for whoever announces them (WEBHOOKS).
#pragma once

#include "messages/channel_records.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tidewire {

/// The channel has its first subscriber. Facts about state may be told twice,
/// by a successor: whoever announces them compares with what it has announced.
struct channel_occupied {};

/// The last subscriber is gone.
struct channel_vacated {};

/// The first connection of a user joined a presence channel.
struct member_added {
  std::string user_id;
};

/// The last connection of a user is gone.
struct member_removed {
  std::string user_id;
};

/// All there is to say about who is there: replaces what was reported. From a
/// channel that was restarted, and of every channel when WEBHOOKS was.
struct channel_stated {
  bool occupied = false;
  std::vector<std::string> users; ///< presence channels only
};

/// A subscriber sent an event to the others. The frame is the one they get.
struct client_event_sent {
  frame_ptr event;
  socket_id by;
};

/// Somebody subscribed to a cache channel that had nothing for it.
struct cache_missed {};

/// The number of subscriptions has changed, in an app that counts them.
struct subscriptions_counted {
  std::uint64_t count = 0;
};

using channel_fact =
    std::variant<channel_occupied, channel_vacated, member_added,
                 member_removed, channel_stated, client_event_sent,
                 cache_missed, subscriptions_counted>;

struct channel_report {
  channel_key channel;
  channel_fact what;
};

/// What the channels of one reactor reported in one turn, in order. Shared,
/// because the reactor keeps it until it is confirmed.
using report_list = std::shared_ptr<const std::vector<channel_report>>;

} // namespace tidewire
