/// The endpoints of the HTTP API (protocol.md §9). Pure; callable from any
/// thread.
#pragma once

#include "net/pusher/api_error.hpp"
#include "net/pusher/api_info.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace tidewire::pusher {

struct events_route {};       ///< `POST /apps/{id}/events`
struct batch_events_route {}; ///< `POST /apps/{id}/batch_events`

/// `GET /apps/{id}/channels`
struct channels_route {
  std::string prefix; ///< `filter_by_prefix`, any text.
  info_set info;
};

/// `GET /apps/{id}/channels/{name}`
struct channel_route {
  std::string name;
  info_set info;
};

/// `GET /apps/{id}/channels/{name}/users`
struct channel_users_route {
  std::string name;
};

/// `GET /apps/{id}/channels/{name}/stats`, deprecated
struct channel_stats_route {
  std::string name;
};

/// `POST /apps/{id}/channels/{name}/events`, deprecated
struct channel_events_route {
  std::string name;
};

struct connections_route {}; ///< `GET /apps/{id}/connections`, as Reverb has it

/// `POST /apps/{id}/users/{user_id}/terminate_connections`
struct terminate_route {
  std::string user_id;
};

using endpoint =
    std::variant<events_route, batch_events_route, channels_route,
                 channel_route, channel_users_route, channel_stats_route,
                 channel_events_route, connections_route, terminate_route>;

struct route {
  std::string app_id;
  pusher::endpoint endpoint;
};

/// Finds the endpoint of a request. `path` is without the configured prefix
/// and without the query. 404 for an unknown path, 405 (with `allow`) for a
/// method the endpoint does not know (HEAD goes with GET), 400 for a bad query.
/// Needs no
/// authentication and reveals nothing about apps or channels; whether the app
/// exists, and what check_route() says, comes after authenticate().
std::variant<route, api_error> parse_route(std::string_view method,
                                           std::string_view path,
                                           std::string_view raw_query);

/// The rules that need the app: names of channels and users, and which `info`
/// applies
/// (`counts`: the app counts subscriptions). Nothing when all is well, else
/// 400.
std::optional<api_error> check_route(const route& wanted,
                                     std::size_t max_channel_name, bool counts);

} // namespace tidewire::pusher
