// Which behaviour a channel has: chosen by its name.
#pragma once

#include "actors/state/channel_state.hpp"
#include "actors/state/router_state.hpp"
#include "config/settings.hpp"
#include "net/pusher/channel_name.hpp"

#include <memory>
#include <string_view>

namespace tidewire {

/// One kind of channel; docs/channels.md says how to add one.
struct channel_behaviour {
  /// Whether a channel of that name is of this kind.
  bool (*applies)(std::string_view name, pusher::channel_kind kind);
  /// Subscribers are users who see each other; `presence_channel` does that.
  bool members;
  /// The CHANNEL is asked for every subscriber, because it greets or refuses
  /// each; otherwise only for the first of an edge.
  bool each;
  /// A published event makes a CHANNEL though nobody is subscribed.
  bool keeps_events;
  /// Makes the state of a channel.
  std::unique_ptr<channel_state> (*make)(channel_key key,
                                         const config::limit_settings& limits);
};

/// The behaviour of the channel of that name. Any thread may ask.
const channel_behaviour& behaviour_of(std::string_view name);

/// Adds a kind of channel. It is asked before those that are built in and
/// before those added earlier. To be called before a server is started.
void add_channel_behaviour(const channel_behaviour& kind);

/// How edges deal with the channel of that name, in an app that counts
/// subscriptions or does not.
channel_manner manner_of(std::string_view name, bool counted);

/// Makes the state of a channel that never was. A successor of one that failed
/// is then told to gather.
std::unique_ptr<channel_state>
make_channel(channel_key key, const config::limit_settings& limits);

} // namespace tidewire
