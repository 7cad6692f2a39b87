/// Every close code the server knows, in one table (protocol.md §7). Help,
/// docs, metrics' reasons and close frames come from here.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tidewire::pusher {

/// What pusher-js does when it sees a code.
enum class client_action : std::uint8_t {
  reconnect,      ///< After a second, or longer after several failures.
  back_off,       ///< Tries again after a second.
  reconnect_now,  ///< Tries again at once.
  switch_to_tls,  ///< Tries again at once, with wss.
  stop,           ///< Never tries again without a reload of the page.
  stay_connected, ///< The code of an error event, not of a close.
};

enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status = 1005,
  abnormal = 1006,
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  mandatory_extension = 1010,
  internal_error = 1011,
  tls_only = 4000,
  unknown_app = 4001,
  app_disabled = 4003,
  over_quota = 4004,
  path_not_found = 4005,
  bad_version = 4006,
  unsupported_protocol = 4007,
  no_protocol = 4008,
  unauthorized = 4009,
  over_capacity = 4100,
  reconnect_now = 4200,
  pong_missing = 4201,
  inactive = 4202,
  client_event_rate = 4301,
  watchlist_too_long = 4302,
};

struct close_info {
  close_code code;
  std::string_view name;   ///< As in logs; refusals as refuse_reason has it.
  std::string_view reason; ///< The sentence of the close frame; ≤ 123 bytes.
  client_action action;
};

/// Ordered by code. 1005 and 1006 never stand in a frame.
inline constexpr std::array close_table{
    close_info{close_code::normal, "normal", "Closed normally",
               client_action::reconnect},
    close_info{close_code::going_away, "going_away",
               "The other side is going away", client_action::reconnect},
    close_info{close_code::protocol_error, "protocol_error",
               "WebSocket protocol error", client_action::back_off},
    close_info{close_code::unsupported_data, "unsupported_data",
               "Binary messages are not supported; send text",
               client_action::back_off},
    close_info{close_code::no_status, "no_status", "Closed without a code",
               client_action::reconnect},
    close_info{close_code::abnormal, "abnormal",
               "Connection lost without a close frame",
               client_action::reconnect},
    close_info{close_code::invalid_payload, "invalid_payload",
               "Text message is not valid UTF-8", client_action::reconnect},
    close_info{close_code::policy_violation, "policy_violation",
               "Policy violation", client_action::reconnect},
    close_info{close_code::message_too_big, "message_too_big",
               "Message is larger than this server accepts",
               client_action::reconnect},
    close_info{close_code::mandatory_extension, "mandatory_extension",
               "A required extension was not negotiated",
               client_action::reconnect},
    close_info{close_code::internal_error, "internal_error",
               "Internal server error", client_action::reconnect},
    close_info{close_code::tls_only, "tls_only",
               "Application only accepts TLS connections; use wss://",
               client_action::switch_to_tls},
    close_info{close_code::unknown_app, "unknown_key",
               "Application does not exist", client_action::stop},
    close_info{close_code::app_disabled, "app_disabled",
               "Application is disabled", client_action::stop},
    close_info{close_code::over_quota, "over_quota",
               "Application is over its connection quota", client_action::stop},
    close_info{close_code::path_not_found, "bad_path",
               "Path not found; connect to /app/{key}", client_action::stop},
    close_info{close_code::bad_version, "bad_version",
               "Invalid version string format", client_action::stop},
    close_info{close_code::unsupported_protocol, "unsupported_protocol",
               "Unsupported protocol version; use 4 to 7", client_action::stop},
    close_info{close_code::no_protocol, "no_protocol",
               "No protocol version supplied; add ?protocol=7",
               client_action::stop},
    close_info{close_code::unauthorized, "unauthorized",
               "Connection is unauthorized", client_action::stop},
    close_info{close_code::over_capacity, "over_capacity",
               "Over capacity; try again in a moment", client_action::back_off},
    close_info{close_code::reconnect_now, "reconnect_now",
               "Server is going away; reconnect now",
               client_action::reconnect_now},
    close_info{close_code::pong_missing, "pong_missing",
               "Pong reply not received in time", client_action::reconnect_now},
    close_info{close_code::inactive, "inactive", "Closed after inactivity",
               client_action::reconnect_now},
    close_info{close_code::client_event_rate, "client_event_rate",
               "Client event rejected - too many events per second",
               client_action::stay_connected},
    close_info{close_code::watchlist_too_long, "watchlist_too_long",
               "Watchlist is too long; only its first entries are watched",
               client_action::stay_connected},
};

/// The row of a code, or nullptr for a number that is not in the table.
constexpr const close_info* find_close_info(std::uint16_t code) noexcept {
  for (const auto& row : close_table)
    if (static_cast<std::uint16_t>(row.code) == code)
      return &row;
  return nullptr;
}

/// The row of a code of the table.
constexpr const close_info& info_of(close_code code) noexcept {
  for (const auto& row : close_table)
    if (row.code == code)
      return row;
  return close_table.front();
}

constexpr std::uint16_t to_number(close_code code) noexcept {
  return static_cast<std::uint16_t>(code);
}

} // namespace tidewire::pusher
