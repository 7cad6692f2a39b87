/// Bodies of publishing requests (protocol.md §9, §14, §17). Pure; callable
/// from any thread; never throws for what stands in a body.
#pragma once

#include "config/settings.hpp"
#include "messages/ids.hpp"
#include "net/pusher/api_error.hpp"
#include "net/pusher/api_info.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire::pusher {

struct publish_request {
  std::string name;
  std::string data;                  ///< As sent, not escaped.
  std::vector<std::string> channels; ///< Each once, in the order sent.
  std::optional<socket_id> exclude;  ///< This connection gets nothing.
  info_set info;
};

/// Reads the body of `POST /events`. An empty body lets the query string speak
/// instead (`name`, `data`, `channel` or `channels[]`, `socket_id`, `info`).
/// `counts` says whether the app counts subscriptions.
std::variant<publish_request, api_error>
parse_events_body(std::string_view body, std::string_view raw_query,
                  const config::limit_settings& limits, bool counts);

/// Reads the deprecated `POST /channels/{name}/events`: name and socket_id
/// stand in the query, and the body is the data, whatever it is but bad UTF-8.
std::variant<publish_request, api_error>
parse_channel_event(std::string_view channel, std::string_view body,
                    std::string_view raw_query,
                    const config::limit_settings& limits);

/// Reads the body of `POST /batch_events`. One bad event refuses all; the
/// error says which (§17).
std::variant<std::vector<publish_request>, api_error>
parse_batch_body(std::string_view body, const config::limit_settings& limits,
                 bool counts);

} // namespace tidewire::pusher
