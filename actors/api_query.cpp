// The endpoints that ask: channels, one channel, its users, connections.
#include "actors/api_answer.hpp"
#include "actors/front.hpp"
#include "actors/shard.hpp"

namespace tidewire {

namespace {

// The facts of the one channel that was asked for, or nothing and a 503.
const channel_facts* facts_of(const net::http_exchange& exchange,
                              const ticket_answer& x) {
  if (x.complete && !x.channels.empty())
    return &x.channels.front().facts;
  exchange.respond_text(503, "The channel could not be asked. Ask again.");
  return nullptr;
}

} // namespace

void front::answer(const call& on, const pusher::channels_route& route) {
  if (!may_read(on))
    return;
  home_.directory.ask(
      list_channels{on.app, route.prefix, {}},
      [exchange = on.exchange, info = route.info](const ticket_answer& x) {
        if (!x.complete) {
          exchange.respond_text(503,
                                "Not every channel could be asked. Ask again.");
          return;
        }
        std::vector<pusher::named_figures> list;
        for (auto& c : x.channels)
          list.push_back({c.channel, figures_of(c.channel, c.facts, info)});
        std::string body;
        pusher::render_channels(body, list);
        respond_json(exchange, std::move(body));
      });
}

void front::answer(const call& on, const pusher::channel_route& route) {
  if (!may_read(on))
    return;
  home_.directory.ask(
      describe_channel{{on.app, route.name}, {}},
      [exchange = on.exchange, info = route.info](const ticket_answer& x) {
        if (auto* facts = facts_of(exchange, x)) {
          std::optional<pusher::cached_event> cached;
          if (facts->cache)
            cached = {facts->cache->data, facts->cache->seconds_left};
          std::string body;
          pusher::render_channel(
              body, facts->occupied,
              figures_of(x.channels.front().channel, *facts, info), info.cache,
              cached);
          respond_json(exchange, std::move(body));
        }
      });
}

void front::answer(const call& on, const pusher::channel_users_route& route) {
  if (!may_read(on))
    return;
  home_.directory.ask(describe_channel{{on.app, route.name}, {}},
                      [exchange = on.exchange](const ticket_answer& x) {
                        if (auto* facts = facts_of(exchange, x)) {
                          std::vector<std::string_view> ids(
                              facts->users.begin(), facts->users.end());
                          std::string body;
                          pusher::render_users(body, ids);
                          respond_json(exchange, std::move(body));
                        }
                      });
}

// What the old form had no parameters for is told where it is known: users of
// presence channels, and connections where the app counts subscriptions.
void front::answer(const call& on, const pusher::channel_stats_route& route) {
  if (!may_read(on))
    return;
  auto counts = home_.apps[on.app].subscription_counts;
  home_.directory.ask(describe_channel{{on.app, route.name}, {}},
                      [exchange = on.exchange, counts](const ticket_answer& x) {
                        if (auto* facts = facts_of(exchange, x)) {
                          std::string body;
                          pusher::render_stats(
                              body, facts->occupied,
                              figures_of(x.channels.front().channel, *facts,
                                         {true, counts, false}));
                          respond_json(exchange, std::move(body));
                        }
                      });
}

void front::answer(const call& on, const pusher::connections_route&) {
  if (!may_read(on))
    return;
  home_.directory.ask(count_connections{on.app, {}},
                      [exchange = on.exchange](const ticket_answer& x) {
                        if (!x.complete) {
                          exchange.respond_text(
                              503,
                              "Not every reactor could be asked. Ask again.");
                          return;
                        }
                        std::string body;
                        pusher::render_connections(body, x.connections);
                        respond_json(exchange, std::move(body));
                      });
}

} // namespace tidewire
