#include "net/pusher/api_route.hpp"

#include "net/pusher/query.hpp"

#include <array>
#include <utility>

namespace tidewire::pusher {

namespace {

enum class endpoint {
  none,
  events,
  batch,
  channels,
  channel,
  users,
  terminate
};

struct location {
  endpoint what = endpoint::none;
  std::string_view app_id;
  std::string_view channel; // or user
};

// Cuts off the text up to the next slash; `path` is left behind that slash, and
// `last` says whether there was one.
struct cursor {
  std::string_view rest;
  bool done = false;

  std::string_view next() noexcept {
    auto slash = rest.find('/');
    auto piece = rest.substr(0, slash);
    done = slash == std::string_view::npos;
    rest = done ? std::string_view{} : rest.substr(slash + 1);
    return piece;
  }
};

location locate(std::string_view path) noexcept {
  constexpr std::string_view base = "/apps/";
  if (!path.starts_with(base))
    return {};
  cursor at{path.substr(base.size())};
  location result;
  result.app_id = at.next();
  if (result.app_id.empty() || at.done)
    return {};
  auto noun = at.next();
  if (at.done) {
    result.what = noun == "events"         ? endpoint::events
                  : noun == "batch_events" ? endpoint::batch
                  : noun == "channels"     ? endpoint::channels
                                           : endpoint::none;
    return result;
  }
  if (noun == "users") {
    result.channel = at.next();
    if (!result.channel.empty() && !at.done
        && at.next() == "terminate_connections" && at.done)
      result.what = endpoint::terminate;
    return result;
  }
  if (noun != "channels")
    return {};
  result.channel = at.next();
  if (result.channel.empty())
    return {};
  if (at.done)
    result.what = endpoint::channel;
  else if (at.next() == "users" && at.done)
    result.what = endpoint::users;
  return result;
}

} // namespace

std::variant<route, api_error> parse_route(std::string_view method,
                                           std::string_view path,
                                           std::string_view raw_query) {
  auto place = locate(path);
  if (place.what == endpoint::none)
    return api_error{404,
                     "No such endpoint; there are POST /apps/{id}/events, "
                     "/batch_events and /users/{user_id}/"
                     "terminate_connections, GET /apps/{id}/channels, "
                     "/channels/{name} and /channels/{name}/users",
                     {}};
  auto publishes = place.what == endpoint::events
                   || place.what == endpoint::batch
                   || place.what == endpoint::terminate;
  std::string_view allow = publishes ? "POST" : "GET";
  if (method != allow)
    return api_error{405, "This endpoint takes only " + std::string{allow},
                     allow};
  route result{percent_decode(place.app_id), events_route{}};
  if (place.what == endpoint::events)
    return result;
  if (place.what == endpoint::batch) {
    result.endpoint = batch_events_route{};
    return result;
  }
  auto channel = percent_decode(place.channel);
  if (place.what == endpoint::terminate) {
    result.endpoint = terminate_route{std::move(channel)};
    return result;
  }
  if (place.what == endpoint::users) {
    result.endpoint = channel_users_route{std::move(channel)};
    return result;
  }
  auto query = parse_query(raw_query);
  auto info = parse_info(find_param(query, "info").value_or(""));
  if (auto wrong = std::get_if<api_error>(&info))
    return std::move(*wrong);
  auto wanted = std::get<info_set>(info);
  if (place.what == endpoint::channel) {
    result.endpoint = channel_route{std::move(channel), wanted};
    return result;
  }
  std::string prefix{find_param(query, "filter_by_prefix").value_or("")};
  result.endpoint = channels_route{std::move(prefix), wanted};
  return result;
}

namespace {

struct route_check {
  std::size_t max_channel_name;
  bool counts;

  std::optional<api_error> operator()(const events_route&) const { return {}; }
  std::optional<api_error> operator()(const batch_events_route&) const {
    return {};
  }
  std::optional<api_error> operator()(const channels_route& wanted) const {
    return check_channels_info(wanted.info, wanted.prefix, counts);
  }
  std::optional<api_error> operator()(const channel_route& wanted) const {
    if (auto wrong = check_name(wanted.name))
      return wrong;
    return check_channel_info(wanted.info, *classify(wanted.name), counts);
  }
  std::optional<api_error> operator()(const channel_users_route& wanted) const {
    if (auto wrong = check_name(wanted.name))
      return wrong;
    if (!is_presence(*classify(wanted.name)))
      return api_error{400, "Users are known only of presence channels", {}};
    return std::nullopt;
  }
  std::optional<api_error> operator()(const terminate_route& wanted) const {
    std::string channel{user_channel_prefix};
    if (check_channel_name(channel + wanted.user_id, max_channel_name))
      return api_error{400,
                       "A user id has at most " + std::to_string(max_user_id)
                           + " characters: letters, digits and _-=@,.;",
                       {}};
    return std::nullopt;
  }

private:
  std::optional<api_error> check_name(std::string_view name) const {
    if (auto wrong = check_channel_name(name, max_channel_name))
      return api_error{400, *std::move(wrong), {}};
    return std::nullopt;
  }
};

} // namespace

std::optional<api_error>
check_route(const route& wanted, std::size_t max_channel_name, bool counts) {
  return std::visit(route_check{max_channel_name, counts}, wanted.endpoint);
}

} // namespace tidewire::pusher
