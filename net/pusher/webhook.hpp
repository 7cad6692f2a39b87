/// The bodies of webhooks, byte for byte (protocol.md §10). Pure; callable from
/// any thread. Text arguments must be valid UTF-8, which all parsed text is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidewire::pusher {

enum class webhook_kind : std::uint8_t {
  channel_occupied,
  channel_vacated,
  member_added,
  member_removed,
  client_event,
  cache_miss,
  subscription_count,
};

/// The name of an event, as it stands in bodies and in the configuration.
std::string_view name_of(webhook_kind kind) noexcept;

/// One event. Which members count follows from the kind.
struct webhook_event {
  webhook_kind kind = webhook_kind::channel_occupied;
  std::string_view channel;
  std::string_view user_id{}; ///< members; client events: empty = none
  std::string_view event{};
  std::string_view data{};
  std::string_view socket_id{};
  std::uint64_t subscription_count = 0;
};

/// The object of one event, nothing added inside.
std::string render_webhook_event(const webhook_event& what);

/// The body of a request: rendered events, and when it was made, in
/// milliseconds since 1970.
std::string render_webhook_body(std::int64_t time_ms,
                                std::span<const std::string> events);

/// What a client sent, as subscribers were told it.
struct told_client_event {
  std::string event;
  std::string data;
  std::string user_id; ///< empty on private channels
};

/// Reads the text of a channel event back; nothing if it is none.
std::optional<told_client_event> read_client_event(std::string_view text);

/// Whether a channel's name fits a pattern in which `*` stands for any text.
bool matches_pattern(std::string_view pattern, std::string_view name) noexcept;

} // namespace tidewire::pusher
