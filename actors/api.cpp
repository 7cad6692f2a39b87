// The HTTP API of Pusher Channels (protocol.md, 9).
#include "actors/front.hpp"
#include "actors/shard.hpp"
#include "net/pusher/api_auth.hpp"
#include "net/pusher/api_response.hpp"
#include "net/pusher/server_event.hpp"

#include <ctime>
#include <memory>

namespace tidewire {

namespace {

void refuse(const net::http_exchange& exchange, const pusher::api_error& no) {
  net::http_response out{static_cast<unsigned>(no.status),
                         "text/plain; charset=utf-8", no.message + '\n'};
  if (no.status == 405)
    out.headers = no.allow == "GET" ? "Allow: GET\r\n" : "Allow: POST\r\n";
  exchange.respond(out);
}

void unplaced(const net::http_exchange& exchange) {
  exchange.respond_text(
      503, "Perhaps not every subscriber was reached. Publish again only if "
           "receiving an event twice does no harm.");
}

pusher::channel_figures figures(const channel_facts& facts,
                                pusher::info_set info) {
  pusher::channel_figures out;
  if (info.user_count)
    out.user_count = facts.users.size();
  if (info.subscription_count)
    out.subscription_count = facts.subscriptions;
  return out;
}

// Several answers of channels that make one answer of the API.
struct gathering {
  std::size_t missing;
  bool complete = true;
  std::function<void(bool complete)> then;

  void one(bool ok) {
    complete = complete && ok;
    if (--missing == 0)
      then(complete);
  }
};

std::string_view without_prefix(std::string_view path,
                                std::string_view prefix) {
  if (!prefix.empty() && path.starts_with(prefix)
      && path.substr(prefix.size()).starts_with('/'))
    path.remove_prefix(prefix.size());
  return path;
}

} // namespace

void front::on_request(const net::http_exchange& exchange,
                       const net::http_request& request) {
  auto path = without_prefix(request.path(), home_.settings.server.path_prefix);
  if (path == "/" && (request.method == "GET" || request.method == "HEAD")) {
    exchange.respond({200, "text/plain", "OK\n"});
    return;
  }
  if (home_.settings.tls.required && !request.secure) {
    refuse(exchange, {403,
                      "This server takes requests through TLS only: use "
                      "https://.",
                      {}});
    return;
  }
  auto parsed = pusher::parse_route(request.method, path, request.query());
  if (auto* no = std::get_if<pusher::api_error>(&parsed)) {
    refuse(exchange, *no);
    return;
  }
  auto& route = std::get<pusher::route>(parsed);
  auto app = home_.apps.by_id(route.app_id);
  if (app == no_app) {
    refuse(exchange, {404, "There is no app with this id.", {}});
    return;
  }
  auto& settings = home_.apps[app];
  if (auto no = pusher::authenticate(
          request.method, path, request.query(), request.body, settings.keys,
          std::time(nullptr), home_.settings.limits.timestamp_skew)) {
    refuse(exchange, *no);
    return;
  }
  if (!settings.enabled) {
    refuse(exchange, {403, "This app is disabled.", {}});
    return;
  }
  if (auto no = pusher::check_route(route, home_.settings.limits.channel_name,
                                    settings.subscription_counts)) {
    refuse(exchange, *no);
    return;
  }
  answer(exchange, app, route, request);
}

void front::answer(const net::http_exchange& exchange, app_index app,
                   const pusher::route& route,
                   const net::http_request& request) {
  auto& limits = home_.settings.limits;
  auto counts = home_.apps[app].subscription_counts;
  if (std::holds_alternative<pusher::events_route>(route.endpoint)) {
    auto body = pusher::parse_events_body(request.body, request.query(), limits,
                                          counts);
    if (auto* no = std::get_if<pusher::api_error>(&body))
      refuse(exchange, *no);
    else
      publish(exchange, app,
              std::move(std::get<pusher::publish_request>(body)));
  } else if (std::holds_alternative<pusher::batch_events_route>(
                 route.endpoint)) {
    auto body = pusher::parse_batch_body(request.body, limits, counts);
    if (auto* no = std::get_if<pusher::api_error>(&body))
      refuse(exchange, *no);
    else
      answer_batch(
          exchange, app,
          std::move(std::get<std::vector<pusher::publish_request>>(body)));
  } else if (auto* all = std::get_if<pusher::channels_route>(&route.endpoint)) {
    answer_channels(exchange, app, *all);
  } else if (auto* one = std::get_if<pusher::channel_route>(&route.endpoint)) {
    answer_channel(exchange, app, *one);
  } else if (auto* user =
                 std::get_if<pusher::terminate_route>(&route.endpoint)) {
    terminate(exchange, app, *user);
  } else {
    answer_users(exchange, app,
                 std::get<pusher::channel_users_route>(route.endpoint));
  }
}

// -- publishing ---------------------------------------------------------------

// An event of one channel: rendered and framed here, once for all subscribers.
static publish_event event_for(shard& home, app_index app,
                               const pusher::publish_request& request,
                               const std::string& channel) {
  std::string text;
  text.reserve(64 + request.name.size() + channel.size()
               + request.data.size() * 9 / 8);
  pusher::render_channel_event(text, request.name, channel, request.data);
  ++home.totals[app].broadcasts;
  return {{app, channel},
          text_frame(text, home.host.now()),
          request.exclude.value_or(socket_id{}),
          {}};
}

void front::publish(const net::http_exchange& exchange, app_index app,
                    pusher::publish_request request) {
  struct state {
    pusher::info_set info;
    std::vector<std::string> channels;
    std::vector<channel_facts> facts;
  };
  auto shared = std::make_shared<state>();
  shared->info = request.info;
  shared->channels = request.channels;
  shared->facts.resize(request.channels.size());
  auto asks = request.info.any();
  auto all = std::make_shared<gathering>();
  all->missing = request.channels.size() * (asks ? 2 : 1);
  all->then = [exchange, shared](bool complete) {
    if (!complete) {
      unplaced(exchange);
      return;
    }
    std::string body;
    if (!shared->info.any()) {
      pusher::render_empty_object(body);
    } else {
      std::vector<pusher::named_figures> list;
      for (std::size_t i = 0; i < shared->channels.size(); ++i)
        list.push_back(
            {shared->channels[i], figures(shared->facts[i], shared->info)});
      pusher::render_channels(body, list);
    }
    exchange.respond({200, "application/json", std::move(body)});
  };
  for (std::size_t i = 0; i < request.channels.size(); ++i) {
    auto& channel = request.channels[i];
    home_.directory.ask(
        event_for(home_, app, request, channel),
        [all](const ticket_answer& x) { all->one(x.complete); });
    if (asks)
      home_.directory.ask(describe_channel{{app, channel}, {}},
                          [all, shared, i](const ticket_answer& x) {
                            if (!x.channels.empty())
                              shared->facts[i] = x.channels.front().facts;
                            all->one(x.complete);
                          });
  }
}

void front::answer_batch(const net::http_exchange& exchange, app_index app,
                         std::vector<pusher::publish_request> batch) {
  auto figures_of =
      std::make_shared<std::vector<pusher::channel_figures>>(batch.size());
  auto any = std::make_shared<bool>(false);
  auto all = std::make_shared<gathering>();
  all->missing = 0;
  for (auto& request : batch) {
    all->missing += request.info.any() ? 2 : 1;
    *any = *any || request.info.any();
  }
  all->then = [exchange, figures_of, any](bool complete) {
    if (!complete) {
      unplaced(exchange);
      return;
    }
    std::string body;
    if (*any)
      pusher::render_batch(body, *figures_of);
    else
      pusher::render_empty_object(body);
    exchange.respond({200, "application/json", std::move(body)});
  };
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& request = batch[i];
    auto& channel = request.channels.front();
    home_.directory.ask(
        event_for(home_, app, request, channel),
        [all](const ticket_answer& x) { all->one(x.complete); });
    if (request.info.any())
      home_.directory.ask(
          describe_channel{{app, channel}, {}},
          [all, figures_of, i, info = request.info](const ticket_answer& x) {
            if (!x.channels.empty())
              (*figures_of)[i] = figures(x.channels.front().facts, info);
            all->one(x.complete);
          });
  }
}

// The body, if there is one, says nothing.
void front::terminate(const net::http_exchange& exchange, app_index app,
                      const pusher::terminate_route& route) {
  home_.directory.ask(
      end_user{user_channel_key(app, route.user_id), {}},
      [exchange](const ticket_answer& x) {
        if (!x.complete) {
          exchange.respond_text(503, "Perhaps not every connection of the user "
                                     "was ended. Ask again.");
          return;
        }
        std::string body;
        pusher::render_empty_object(body);
        exchange.respond({200, "application/json", std::move(body)});
      });
}

// -- asking -------------------------------------------------------------------

void front::answer_channels(const net::http_exchange& exchange, app_index app,
                            const pusher::channels_route& route) {
  home_.directory.ask(
      list_channels{app, route.prefix, {}},
      [exchange, info = route.info](const ticket_answer& x) {
        if (!x.complete) {
          exchange.respond_text(503, "Not every channel could be asked.");
          return;
        }
        std::vector<pusher::named_figures> list;
        for (auto& c : x.channels)
          list.push_back({c.channel, figures(c.facts, info)});
        std::string body;
        pusher::render_channels(body, list);
        exchange.respond({200, "application/json", std::move(body)});
      });
}

void front::answer_channel(const net::http_exchange& exchange, app_index app,
                           const pusher::channel_route& route) {
  home_.directory.ask(
      describe_channel{{app, route.name}, {}},
      [exchange, info = route.info](const ticket_answer& x) {
        if (!x.complete || x.channels.empty()) {
          exchange.respond_text(503, "The channel could not be asked.");
          return;
        }
        auto& facts = x.channels.front().facts;
        std::optional<pusher::cached_event> cached;
        if (facts.cache)
          cached = {facts.cache->data, facts.cache->seconds_left};
        std::string body;
        pusher::render_channel(body, facts.occupied, figures(facts, info),
                               info.cache, cached);
        exchange.respond({200, "application/json", std::move(body)});
      });
}

void front::answer_users(const net::http_exchange& exchange, app_index app,
                         const pusher::channel_users_route& route) {
  home_.directory.ask(
      describe_channel{{app, route.name}, {}},
      [exchange](const ticket_answer& x) {
        if (!x.complete || x.channels.empty()) {
          exchange.respond_text(503, "The channel could not be asked.");
          return;
        }
        auto& users = x.channels.front().facts.users;
        std::vector<std::string_view> ids(users.begin(), users.end());
        std::string body;
        pusher::render_users(body, ids);
        exchange.respond({200, "application/json", std::move(body)});
      });
}

} // namespace tidewire
