#include "net/pusher/api_route.hpp"

#include "net/pusher/query.hpp"

#include <array>
#include <optional>
#include <utility>

namespace tidewire::pusher {

namespace {

// What an endpoint makes of its place in the path (a channel, a user) and the
// query.
struct parts {
  std::string name;
  std::string_view raw_query;
};

using endpoint_result = std::variant<endpoint, api_error>;

template <class Route>
endpoint_result bare(parts&&) {
  return endpoint{Route{}};
}

template <class Route>
endpoint_result named(parts&& from) {
  return endpoint{Route{std::move(from.name)}};
}

std::variant<info_set, api_error> info_of(const std::vector<query_param>& all) {
  return parse_info(find_param(all, "info").value_or(""));
}

endpoint_result one_channel(parts&& from) {
  auto info = info_of(parse_query(from.raw_query));
  if (auto wrong = std::get_if<api_error>(&info))
    return std::move(*wrong);
  return endpoint{
      channel_route{std::move(from.name), std::get<info_set>(info)}};
}

endpoint_result all_channels(parts&& from) {
  auto query = parse_query(from.raw_query);
  auto info = info_of(query);
  if (auto wrong = std::get_if<api_error>(&info))
    return std::move(*wrong);
  std::string prefix{find_param(query, "filter_by_prefix").value_or("")};
  return endpoint{channels_route{std::move(prefix), std::get<info_set>(info)}};
}

constexpr std::string_view reads = "GET, HEAD, OPTIONS";
constexpr std::string_view writes = "POST, OPTIONS";

// Every endpoint, by its path below /apps/{id}/; a star is a channel or a user.
struct row {
  std::string_view path;
  std::string_view allow;
  endpoint_result (*make)(parts&&);
};

constexpr row rows[] = {
    {"events", writes, bare<events_route>},
    {"batch_events", writes, bare<batch_events_route>},
    {"channels", reads, all_channels},
    {"channels/*", reads, one_channel},
    {"channels/*/users", reads, named<channel_users_route>},
    {"channels/*/stats", reads, named<channel_stats_route>},
    {"channels/*/events", writes, named<channel_events_route>},
    {"connections", reads, bare<connections_route>},
    {"users/*/terminate_connections", writes, named<terminate_route>},
};

// Cuts off the text up to the next slash; `rest` is left behind that slash, and
// `done` says whether there was none.
std::string_view next(std::string_view& rest, bool& done) noexcept {
  auto slash = rest.find('/');
  auto piece = rest.substr(0, slash);
  done = slash == std::string_view::npos;
  rest = done ? std::string_view{} : rest.substr(slash + 1);
  return piece;
}

// Whether a path has that form; then the text in the place of the star.
std::optional<std::string_view> match(std::string_view form,
                                      std::string_view path) noexcept {
  std::string_view star;
  for (;;) {
    bool last_of_form = false;
    bool last = false;
    auto wanted = next(form, last_of_form);
    auto piece = next(path, last);
    if (wanted == "*" && !piece.empty())
      star = piece;
    else if (wanted != piece)
      return std::nullopt;
    if (last != last_of_form)
      return std::nullopt;
    if (last)
      return star;
  }
}

api_error not_found() {
  std::string known;
  for (auto& each : rows) {
    known += known.empty() ? "" : ", ";
    known += each.allow.substr(0, each.allow.find(','));
    known += " /apps/{id}/";
    for (char c : each.path)
      known += c == '*' ? std::string{"{name}"} : std::string(1, c);
  }
  return {404, "No such endpoint; there are " + known, {}};
}

} // namespace

std::variant<route, api_error> parse_route(std::string_view method,
                                           std::string_view path,
                                           std::string_view raw_query) {
  constexpr std::string_view base = "/apps/";
  if (!path.starts_with(base))
    return not_found();
  path.remove_prefix(base.size());
  bool done = false;
  auto app_id = next(path, done);
  if (app_id.empty() || done)
    return not_found();
  for (auto& each : rows) {
    auto star = match(each.path, path);
    if (!star)
      continue;
    auto known = each.allow == reads ? method == "GET" || method == "HEAD"
                                     : method == "POST";
    if (!known)
      return api_error{405,
                       "This endpoint takes only " + std::string{each.allow},
                       each.allow};
    auto made = each.make({percent_decode(*star), raw_query});
    if (auto wrong = std::get_if<api_error>(&made))
      return std::move(*wrong);
    return route{percent_decode(app_id), std::move(std::get<endpoint>(made))};
  }
  return not_found();
}

namespace {

struct route_check {
  std::size_t max_channel_name;
  bool counts;

  using verdict = std::optional<api_error>;

  verdict operator()(const events_route&) const { return {}; }
  verdict operator()(const batch_events_route&) const { return {}; }
  verdict operator()(const connections_route&) const { return {}; }
  verdict operator()(const channels_route& wanted) const {
    return check_channels_info(wanted.info, wanted.prefix, counts);
  }
  verdict operator()(const channel_route& wanted) const {
    if (auto wrong = check_name(wanted.name))
      return wrong;
    return check_channel_info(wanted.info, *classify(wanted.name), counts);
  }
  verdict operator()(const channel_users_route& wanted) const {
    if (auto wrong = check_name(wanted.name))
      return wrong;
    if (!is_presence(*classify(wanted.name)))
      return api_error{400, "Users are known only of presence channels", {}};
    return std::nullopt;
  }
  verdict operator()(const channel_stats_route& wanted) const {
    return check_name(wanted.name);
  }
  verdict operator()(const channel_events_route& wanted) const {
    return check_name(wanted.name);
  }
  verdict operator()(const terminate_route& wanted) const {
    std::string channel{user_channel_prefix};
    if (check_channel_name(channel + wanted.user_id, max_channel_name))
      return api_error{400,
                       "A user id has at most " + std::to_string(max_user_id)
                           + " characters: letters, digits and _-=@,.;",
                       {}};
    return std::nullopt;
  }

private:
  verdict check_name(std::string_view name) const {
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
