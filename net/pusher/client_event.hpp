/// What clients say (protocol.md §4). Pure; callable from any thread; never
/// throws for what stands in a message.
#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tidewire::pusher {

struct subscribe {
  std::string channel;
  std::string auth;                        ///< Empty when the client sent none.
  std::optional<std::string> channel_data; ///< The exact text that is signed.
};

struct unsubscribe {
  std::string channel;
};

struct signin {
  std::string auth;
  std::string user_data; ///< The exact text that is signed.
};

struct ping {};
struct pong {};

/// A client event, its limits checked; whether it is allowed is not.
struct channel_event {
  std::string event; ///< Starts with `client-`.
  std::string channel;
  /// What subscribers find in `data`: a string as it was sent, any other value
  /// as compact JSON with its numbers untouched; empty when there was none.
  /// Not yet escaped, see render_channel_event().
  std::string data;
};

/// Becomes a `pusher:error`; the connection stays (§17).
struct malformed {
  std::string message;
  std::optional<std::uint16_t> code;
  bool too_large = false; ///< The data of a client event.
};

using client_message = std::variant<subscribe, unsubscribe, signin, ping, pong,
                                    channel_event, malformed>;

/// Reads one text message. `data` of `pusher:` events may be an object or a
/// string that holds one (§1). Names of channels are not checked here; sizes of
/// client events are, by `event_name` and `event_data`.
client_message parse_client_message(std::string_view text,
                                    const config::limit_settings& limits);

} // namespace tidewire::pusher
