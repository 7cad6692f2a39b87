/// The `info` of HTTP API requests: what a caller wants to know about channels
/// (protocol.md §9, §17). Pure; callable from any thread.
#pragma once

#include "net/pusher/api_error.hpp"
#include "net/pusher/channel_name.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tidewire::pusher {

struct info_set {
  bool user_count = false;
  bool subscription_count = false;
  bool cache = false;

  bool any() const noexcept {
    return user_count || subscription_count || cache;
  }
  bool operator==(const info_set&) const = default;
};

/// Reads `user_count,subscription_count,cache`; an unknown word is a 400.
std::variant<info_set, api_error> parse_info(std::string_view text);

/// Whether a publish on `channels` may ask for `info`. `counts` says whether
/// the app counts subscriptions.
std::optional<api_error>
check_publish_info(info_set info, std::span<const std::string> channels,
                   bool counts);

/// Whether `GET /channels` may ask for `info` under that prefix.
std::optional<api_error>
check_channels_info(info_set info, std::string_view prefix, bool counts);

/// Whether `GET /channels/{name}` may ask for `info`.
std::optional<api_error> check_channel_info(info_set info, channel_kind kind,
                                            bool counts);

} // namespace tidewire::pusher
