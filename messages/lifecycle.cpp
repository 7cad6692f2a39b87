#include "messages/lifecycle.hpp"

namespace tidewire {

std::string_view name_of(close_reason reason) noexcept {
  static constexpr std::array<std::string_view, close_reasons> names{
      "client", "lost",  "protocol", "timeout",    "slow_reader",
      "drain",  "crash", "killed",   "terminated", "app_disabled"};
  return names[static_cast<std::size_t>(reason)];
}

std::string_view name_of(refuse_reason reason) noexcept {
  static constexpr std::array<std::string_view, refuse_reasons> names{
      "unknown_key",
      "app_disabled",
      "bad_path",
      "bad_version",
      "unsupported_protocol",
      "no_protocol",
      "origin",
      "draining",
      "handshake_timeout",
      "bad_handshake",
      "abandoned",
      "descriptors",
      "tls_only",
      "unauthorized",
      "app_full",
      "app_rate",
      "node_full",
      "node_rate",
      "address_full",
      "address_pending",
      "app_pending",
      "tier_cap"};
  return names[static_cast<std::size_t>(reason)];
}

std::string_view name_of(limit_reason reason) noexcept {
  static constexpr std::array<std::string_view, limit_reasons> names{
      "publish_rate", "read_rate",     "client_event_rate",
      "event_size",   "subscriptions", "tier_broadcasts"};
  return names[static_cast<std::size_t>(reason)];
}

} // namespace tidewire
