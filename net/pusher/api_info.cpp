#include "net/pusher/api_info.hpp"

#include "net/pusher/text.hpp"

#include <algorithm>

namespace tidewire::pusher {

namespace {

api_error info_refused(std::string message) {
  return {400, std::move(message), {}};
}

api_error not_counted() {
  return info_refused(
      "info: subscription_count is not enabled for this app; set "
      "subscription_counts");
}

api_error cache_elsewhere() {
  return info_refused("info: cache is told only by GET /channels/{name}");
}

bool is_presence_name(std::string_view name) {
  auto kind = classify(name);
  return kind && is_presence(*kind);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

} // namespace

std::variant<info_set, api_error> parse_info(std::string_view text) {
  info_set result;
  while (!text.empty()) {
    auto piece = text.substr(0, text.find(','));
    text.remove_prefix(piece.size() < text.size() ? piece.size() + 1
                                                  : text.size());
    auto word = trimmed(piece);
    if (word == "user_count")
      result.user_count = true;
    else if (word == "subscription_count")
      result.subscription_count = true;
    else if (word == "cache")
      result.cache = true;
    else if (!word.empty())
      return info_refused(
          "Unknown info " + in_quotes(word)
          + "; there are user_count, subscription_count and cache");
  }
  return result;
}

std::optional<api_error>
check_publish_info(info_set info, std::span<const std::string> channels,
                   bool counts) {
  if (info.cache)
    return cache_elsewhere();
  if (info.subscription_count && !counts)
    return not_counted();
  if (!info.user_count || channels.empty())
    return std::nullopt;
  // A publish to several kinds of channels may ask for both figures (§9, the
  // example). It is wrong to ask for users where there cannot be any.
  auto plain =
      std::find_if_not(channels.begin(), channels.end(), is_presence_name);
  auto presence =
      std::find_if(channels.begin(), channels.end(), is_presence_name);
  if (presence == channels.end()
      || (plain != channels.end() && !info.subscription_count))
    return info_refused("info: user_count is only for presence channels, and "
                        + in_quotes(*plain) + " is none");
  return std::nullopt;
}

std::optional<api_error>
check_channels_info(info_set info, std::string_view prefix, bool counts) {
  if (info.cache)
    return cache_elsewhere();
  if (info.user_count && !prefix.starts_with("presence-"))
    return info_refused("info: user_count is only for presence channels; add "
                        "filter_by_prefix=presence-");
  if (info.subscription_count && !counts)
    return not_counted();
  return std::nullopt;
}

std::optional<api_error> check_channel_info(info_set info, channel_kind kind,
                                            bool counts) {
  if (info.user_count && !is_presence(kind))
    return info_refused("info: user_count is only for presence channels");
  if (info.cache && !is_cache(kind))
    return info_refused("info: cache is only for cache channels");
  if (info.subscription_count && !counts)
    return not_counted();
  return std::nullopt;
}

} // namespace tidewire::pusher
