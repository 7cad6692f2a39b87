/// The names of channels and what their prefixes mean (protocol.md §5.1,
/// §5.2). Pure; callable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::pusher {

enum class channel_kind : std::uint8_t {
  public_,
  private_,
  presence,
  cache,
  private_cache,
  presence_cache,
  encrypted,
  encrypted_cache,
  user, ///< `#server-to-user-{id}`: one signed-in user.
};

/// The prefix of the channel of a signed-in user (§6).
inline constexpr std::string_view user_channel_prefix = "#server-to-user-";

/// The most characters a sign-in id has (§14); it bounds a user channel,
/// which is therefore not measured by the limit of other names.
inline constexpr std::size_t max_user_id = 200;

/// Tells the kind by the longest prefix that matches. Empty for a name that
/// starts with `#` without being a user channel, and for no name at all. The
/// rest of the name is not looked at; see check_channel_name().
std::optional<channel_kind> classify(std::string_view name) noexcept;

/// Whether a subscriber has to show a signature. A user channel has none: it
/// admits the connection that signed in as that user.
constexpr bool needs_auth(channel_kind kind) noexcept {
  return kind != channel_kind::public_ && kind != channel_kind::cache
         && kind != channel_kind::user;
}

constexpr bool is_presence(channel_kind kind) noexcept {
  return kind == channel_kind::presence || kind == channel_kind::presence_cache;
}

/// Whether the last published event is kept for later subscribers (§5.6).
constexpr bool is_cache(channel_kind kind) noexcept {
  return kind == channel_kind::cache || kind == channel_kind::private_cache
         || kind == channel_kind::presence_cache
         || kind == channel_kind::encrypted_cache;
}

/// Whether the payload is sealed between publisher and subscribers (§5.7).
constexpr bool is_encrypted(channel_kind kind) noexcept {
  return kind == channel_kind::encrypted
         || kind == channel_kind::encrypted_cache;
}

/// Whether members may send events to each other. Encrypted channels are
/// included: the protocol does not forbid it, and the server is blind there.
constexpr bool allows_client_events(channel_kind kind) noexcept {
  return needs_auth(kind);
}

/// The id in `#server-to-user-{id}`, a view into `name`; empty when the name
/// is not one of a user channel.
std::string_view user_of_channel(std::string_view name) noexcept;

/// Says in a sentence what is wrong with a name, and nothing for a good one.
/// `max_length` counts characters, prefix included; user channels are bounded
/// by max_user_id instead. The sentence repeats no more than 200 characters of
/// the name and is valid UTF-8 whatever the name holds.
std::optional<std::string> check_channel_name(std::string_view name,
                                              std::size_t max_length);

} // namespace tidewire::pusher
