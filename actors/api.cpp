// The HTTP API of Pusher Channels (protocol.md, 9): what all requests go
// through before their endpoint answers them.
#include "actors/api_answer.hpp"
#include "actors/front.hpp"
#include "actors/shard.hpp"
#include "net/pusher/api_auth.hpp"

#include <algorithm>
#include <ctime>

namespace tidewire {

namespace {

std::string_view without_prefix(std::string_view path,
                                std::string_view prefix) {
  if (!prefix.empty() && path.starts_with(prefix)
      && path.substr(prefix.size()).starts_with('/'))
    path.remove_prefix(prefix.size());
  return path;
}

// 429 and not 403: a rate is over in a moment, so clients that know HTTP wait
// and try again, while 403 tells people that something is to be changed.
void respond_over_rate(const net::http_exchange& exchange,
                       const over_rate& over, std::string_view what,
                       std::string_view setting) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  auto seconds = std::to_string(
      std::max<std::int64_t>(1, (over.wait_ns + second_ns - 1) / second_ns));
  auto body =
      (over.of_node ? "This node takes at most " : "This app may have at most ")
      + std::to_string(over.per_second) + ' ' + std::string{what}
      + " per second (" + (over.of_node ? "limits." : "") + std::string{setting}
      + "); try again in " + seconds + " s.\n";
  auto header = "Retry-After: " + seconds + "\r\n";
  exchange.respond({429, "text/plain; charset=utf-8", std::move(body), header});
}

} // namespace

void respond_error(const net::http_exchange& exchange,
                   const pusher::api_error& no) {
  auto allow = no.allow.empty() ? std::string{}
                                : "Allow: " + std::string{no.allow} + "\r\n";
  exchange.respond({static_cast<unsigned>(no.status),
                    "text/plain; charset=utf-8", no.message + '\n', allow});
}

pusher::channel_figures figures_of(std::string_view channel,
                                   const channel_facts& facts,
                                   pusher::info_set info) {
  pusher::channel_figures out;
  if (auto kind = pusher::classify(channel);
      info.user_count && kind && pusher::is_presence(*kind))
    out.user_count = facts.users.size();
  if (info.subscription_count)
    out.subscription_count = facts.subscriptions;
  return out;
}

void front::on_request(const net::http_exchange& exchange,
                       const net::http_request& request) {
  if (request.method == "OPTIONS") {
    // A browser asks so before it lets a page use the API; the answer to that
    // question is in the headers that every answer has.
    exchange.respond({204,
                      "text/plain",
                      {},
                      "Allow: GET, HEAD, POST, OPTIONS\r\n"
                      "Access-Control-Max-Age: 600\r\n"});
    return;
  }
  // Libraries sign what they know of the path, which is not our prefix.
  auto path = without_prefix(request.path(), home_.settings.server.path_prefix);
  if (path == "/" && (request.method == "GET" || request.method == "HEAD")) {
    exchange.respond({200, "text/plain", "OK\n"});
    return;
  }
  if (home_.settings.tls.required && !request.secure) {
    respond_error(exchange,
                  {403,
                   "This server takes requests through TLS only: use https://.",
                   {}});
    return;
  }
  if (home_.joining) {
    // It does not know the others yet, and would speak and publish for itself.
    respond_error(exchange,
                  {503,
                   "This node is joining its cluster. Ask another one, or "
                   "again in a second.",
                   {}});
    return;
  }
  auto parsed = pusher::parse_route(request.method, path, request.query());
  if (auto* no = std::get_if<pusher::api_error>(&parsed)) {
    respond_error(exchange, *no);
    return;
  }
  auto& route = std::get<pusher::route>(parsed);
  auto app = home_.apps.by_id(route.app_id);
  if (app == no_app) {
    respond_error(exchange, {404, "There is no app with this id.", {}});
    return;
  }
  auto& settings = home_.apps[app];
  if (auto no = pusher::authenticate(
          request.method, path, request.query(), request.body, settings.keys,
          std::time(nullptr), home_.settings.limits.timestamp_skew)) {
    respond_error(exchange, *no);
    return;
  }
  exchange.vouch();
  if (!settings.enabled) {
    respond_error(exchange, {403, "This app is disabled.", {}});
    return;
  }
  if (auto no = pusher::check_route(route, home_.limits(app).channel_name,
                                    settings.subscription_counts)) {
    respond_error(exchange, *no);
    return;
  }
  call on{exchange, request, app};
  std::visit([&](auto& x) { answer(on, x); }, route.endpoint);
}

void front::refuse(const call& on, const pusher::api_error& no) {
  if (no.status == 413)
    home_.note_limited(on.app, limit_reason::event_size);
  respond_error(on.exchange, no);
}

// 403: nothing changes by waiting a moment, somebody has to do something.
bool front::may_broadcast(const call& on) {
  auto ruling = home_.quotas.ruling(on.app);
  if (ruling.broadcasts)
    return true;
  home_.note_limited(on.app, limit_reason::tier_broadcasts);
  auto& tier = home_.apps[on.app].tier;
  auto who = ruling.by_account
                 ? "The account of this app"
                 : "This app, which has the tier \"" + tier + "\",";
  respond_error(on.exchange,
                {403,
                 std::string{who}
                     + " has used up its broadcasts of this month, and its "
                       "grace is over. Publish again next month, or have it "
                       "given a larger tier or another grace.",
                 {}});
  return false;
}

bool front::may_publish(const call& on, std::size_t events) {
  auto over = home_.quotas.publish(
      on.app, home_.apps[on.app], home_.settings.limits,
      static_cast<std::uint32_t>(events), home_.host.now());
  if (!over)
    return true;
  home_.note_limited(on.app, limit_reason::publish_rate);
  respond_over_rate(on.exchange, *over, "events", "publishes_per_second");
  return false;
}

bool front::may_read(const call& on) {
  auto over = home_.quotas.read(on.app, home_.apps[on.app],
                                home_.settings.limits, home_.host.now());
  if (!over)
    return true;
  home_.note_limited(on.app, limit_reason::read_rate);
  respond_over_rate(on.exchange, *over, "questions", "reads_per_second");
  return false;
}

} // namespace tidewire
