// The endpoints that hand something in: events, batches of them, and the old
// form of one.
#include "actors/api_answer.hpp"
#include "actors/front.hpp"
#include "actors/shard.hpp"
#include "actors/state/user_table.hpp"
#include "net/pusher/server_event.hpp"

#include <memory>

namespace tidewire {

namespace {

void respond_unplaced(const net::http_exchange& exchange) {
  exchange.respond_text(
      503, "Perhaps not every subscriber was reached. Publish again only if "
           "receiving an event twice does no harm.");
}

// An event of one channel: rendered and framed here, once for all subscribers.
publish_event event_for(shard& home, app_index app,
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

} // namespace

void front::answer(const call& on, const pusher::events_route&) {
  auto body = pusher::parse_events_body(on.request.body, on.request.query(),
                                        home_.limits(on.app),
                                        home_.apps[on.app].subscription_counts);
  if (auto* no = std::get_if<pusher::api_error>(&body)) {
    refuse(on, *no);
    return;
  }
  auto& event = std::get<pusher::publish_request>(body);
  if (may_broadcast(on) && may_publish(on, event.channels.size()))
    publish(on.exchange, on.app, std::move(event));
}

void front::answer(const call& on, const pusher::channel_events_route& route) {
  auto body = pusher::parse_channel_event(
      route.name, on.request.body, on.request.query(), home_.limits(on.app));
  if (auto* no = std::get_if<pusher::api_error>(&body)) {
    refuse(on, *no);
    return;
  }
  if (may_broadcast(on) && may_publish(on, 1))
    publish(on.exchange, on.app,
            std::move(std::get<pusher::publish_request>(body)), 202);
}

void front::answer(const call& on, const pusher::batch_events_route&) {
  auto body = pusher::parse_batch_body(on.request.body, home_.limits(on.app),
                                       home_.apps[on.app].subscription_counts);
  if (auto* no = std::get_if<pusher::api_error>(&body)) {
    refuse(on, *no);
    return;
  }
  auto& batch = std::get<std::vector<pusher::publish_request>>(body);
  if (may_broadcast(on) && may_publish(on, batch.size()))
    publish_batch(on, std::move(batch));
}

void front::publish(const net::http_exchange& exchange, app_index app,
                    pusher::publish_request request, unsigned status) {
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
  all->then = [exchange, shared, status](bool complete) {
    if (!complete) {
      respond_unplaced(exchange);
      return;
    }
    std::string body;
    if (!shared->info.any()) {
      pusher::render_empty_object(body);
    } else {
      std::vector<pusher::named_figures> list;
      for (std::size_t i = 0; i < shared->channels.size(); ++i)
        list.push_back(
            {shared->channels[i],
             figures_of(shared->channels[i], shared->facts[i], shared->info)});
      pusher::render_channels(body, list);
    }
    respond_json(exchange, std::move(body), status);
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

void front::publish_batch(const call& on,
                          std::vector<pusher::publish_request> batch) {
  auto figures =
      std::make_shared<std::vector<pusher::channel_figures>>(batch.size());
  auto any = std::make_shared<bool>(false);
  auto all = std::make_shared<gathering>();
  all->missing = 0;
  for (auto& request : batch) {
    all->missing += request.info.any() ? 2 : 1;
    *any = *any || request.info.any();
  }
  all->then = [exchange = on.exchange, figures, any](bool complete) {
    if (!complete) {
      respond_unplaced(exchange);
      return;
    }
    std::string body;
    if (*any)
      pusher::render_batch(body, *figures);
    else
      pusher::render_empty_object(body);
    respond_json(exchange, std::move(body));
  };
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& request = batch[i];
    auto& channel = request.channels.front();
    home_.directory.ask(
        event_for(home_, on.app, request, channel),
        [all](const ticket_answer& x) { all->one(x.complete); });
    if (request.info.any())
      home_.directory.ask(
          describe_channel{{on.app, channel}, {}},
          [all, figures, i, info = request.info](const ticket_answer& x) {
            if (!x.channels.empty())
              (*figures)[i] = figures_of(x.channels.front().channel,
                                         x.channels.front().facts, info);
            all->one(x.complete);
          });
  }
}

// The body, if there is one, says nothing.
void front::answer(const call& on, const pusher::terminate_route& route) {
  if (!may_publish(on, 1))
    return;
  home_.directory.ask(end_user{user_channel_key(on.app, route.user_id), {}},
                      [exchange = on.exchange](const ticket_answer& x) {
                        if (!x.complete) {
                          exchange.respond_text(
                              503, "Perhaps not every connection of the user "
                                   "was ended. Ask again.");
                          return;
                        }
                        std::string body;
                        pusher::render_empty_object(body);
                        respond_json(exchange, std::move(body));
                      });
}

} // namespace tidewire
