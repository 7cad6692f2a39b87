/// What the server says, byte for byte (protocol.md §3). Every function appends
/// one text message to `out`. Text arguments must be valid UTF-8, which all
/// parsed text is. Pure; callable from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidewire::pusher {

/// One user of a presence channel.
struct presence_user {
  std::string_view user_id;
  std::string_view user_info_json; ///< JSON text; empty stands for null.
};

/// One change in a watchlist: `online` or `offline` and whom it is about.
struct watchlist_event {
  std::string_view name;
  std::span<const std::string> user_ids;
};

/// Appends `text` as a JSON string, quotes included. Escapes what JSON demands
/// and nothing else.
void append_json_string(std::string& out, std::string_view text);

/// `activity_timeout` in seconds, more than 0.
void render_connection_established(std::string& out, std::string_view socket_id,
                                   std::uint32_t activity_timeout);

/// Without a code, `code` is null, as clients know it from the original.
void render_error(std::string& out, std::optional<std::uint16_t> code,
                  std::string_view message);

void render_ping(std::string& out);
void render_pong(std::string& out);

void render_subscription_succeeded(std::string& out, std::string_view channel);

/// For presence channels; the order of `users` is the order of `ids`.
void render_subscription_succeeded(std::string& out, std::string_view channel,
                                   std::span<const presence_user> users);

/// The one shape of every refused subscription (§17): `type` is for instance
/// `AuthError` with status 401.
void render_subscription_error(std::string& out, std::string_view channel,
                               std::string_view type, std::string_view error,
                               int status);

void render_member_added(std::string& out, std::string_view channel,
                         const presence_user& user);
void render_member_removed(std::string& out, std::string_view channel,
                           std::string_view user_id);
void render_subscription_count(std::string& out, std::string_view channel,
                               std::uint64_t count);
void render_cache_miss(std::string& out, std::string_view channel);

/// `user_data` is the text that the client signed in with.
void render_signin_success(std::string& out, std::string_view user_data);

void render_watchlist_events(std::string& out,
                             std::span<const watchlist_event> events);

/// An application's event. `data` is what the publisher or client gave,
/// unescaped; here it becomes the doubly encoded string (§1). `user_id` only
/// for client events on presence channels.
void render_channel_event(std::string& out, std::string_view event,
                          std::string_view channel, std::string_view data,
                          std::optional<std::string_view> user_id = {});

/// The `data` in what render_channel_event() rendered.
std::string data_of_channel_event(std::string_view text);

} // namespace tidewire::pusher
