#include "actors/webhook_requests.hpp"

#include "actors/app_requests.hpp"
#include "net/pusher/query.hpp"

#include <algorithm>
#include <charconv>

namespace tidewire {

namespace {

constexpr std::size_t default_listed = 100;
constexpr std::size_t most_listed = 1000;

net::http_response no(unsigned status, std::string_view sentence,
                      std::string_view headers = {}) {
  return {status, "application/json", refusal(status, {}, sentence).body,
          headers};
}

} // namespace

std::optional<webhook_request>
parse_webhook_request(const net::http_request& request) {
  constexpr std::string_view before = "/v1/apps/";
  constexpr std::string_view list = "/webhooks/dead";
  constexpr std::string_view replay = "/webhooks/replay";
  auto path = request.path();
  auto listing = path.ends_with(list);
  if (!path.starts_with(before) || (!listing && !path.ends_with(replay)))
    return std::nullopt;
  path.remove_prefix(before.size());
  path.remove_suffix(
      std::min(path.size(), listing ? list.size() : replay.size()));
  if (path.empty() || path.find('/') != std::string_view::npos)
    return std::nullopt;
  std::string app{path};
  auto query = pusher::parse_query(request.query());
  if (!listing) {
    if (request.method != "POST")
      return no(405, "Dead letters are replayed with POST.", "Allow: POST\r\n");
    return replay_dead_letters{
        app, std::string{pusher::find_param(query, "id").value_or("")}};
  }
  if (request.method != "GET")
    return no(405, "Dead letters are listed with GET.", "Allow: GET\r\n");
  std::size_t limit = default_listed;
  if (auto text = pusher::find_param(query, "limit")) {
    auto [end, error] =
        std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || end != text->data() + text->size() || limit == 0
        || limit > most_listed)
      return no(400, "limit is a number from 1 to 1000.");
  }
  return list_dead_letters{app, limit};
}

} // namespace tidewire
