#include "actors/admin.hpp"

#include "actors/demo_page.hpp"
#include "actors/metrics.hpp"
#include "actors/registry.hpp"
#include "actors/shard.hpp"
#include "messages/node_messages.hpp"

#include <caf/duration.hpp>
#include <caf/send.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <stdexcept>

namespace tidewire {

namespace {

constexpr std::string_view page_headers =
    "Cache-Control: no-cache\r\n"
    "Content-Security-Policy: default-src 'self'; connect-src *; "
    "style-src 'self' 'unsafe-inline'\r\n"
    "X-Content-Type-Options: nosniff\r\n";

const demo_file* find_demo_file(std::string_view path) {
  auto at = std::find_if(demo_files.begin(), demo_files.end(),
                         [&](auto& file) { return file.path == path; });
  return at == demo_files.end() ? nullptr : &*at;
}

} // namespace

// An exchange that has been answered ignores this.
admin::asker::~asker() {
  exchange.respond_text(503, "Whoever knows this is being restarted; ask "
                             "again.");
}

caf::behavior admin::make_behavior() {
  home_.admin = this;
  return caf::message_handler{
      [this](question& x) {
        // No timeout of CAF's here: the GAUGE ends its rounds by itself, and a
        // GAUGE that died answers by bouncing.
        request(home_.gauge, caf::infinite, read_gauge{})
            .then(
                [x](const gauge_reading& reading) {
                  x.who->exchange.respond(x.what(reading));
                },
                [x](const caf::error&) {}); // the asker says so
      },
      [this](order& x) {
        request(home_.registry, caf::infinite, std::move(x.what))
            .then(
                [who = x.who](const admin_answer& answer) {
                  who->exchange.respond({answer.status, "application/json",
                                         answer.body, answer.headers});
                },
                [who = x.who](const caf::error&) {});
      },
      [this](const registry_up& x) { home_.registry = x.registry; },
      [this](webhook_question& x) {
        if (auto* list = std::get_if<list_dead_letters>(&x.what))
          ask_webhooks(x.who, std::move(*list));
        else if (auto* replay = std::get_if<replay_dead_letters>(&x.what))
          ask_webhooks(x.who, std::move(*replay));
      },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  }
      .or_else(command_handlers());
}

template <class Request>
void admin::ask_webhooks(const std::shared_ptr<const asker>& who,
                         Request what) {
  request(home_.reports.reader(), caf::infinite, std::move(what))
      .then(
          [who](const webhook_answer& x) {
            who->exchange.respond({x.status, "application/json", x.body});
          },
          [who](const caf::error&) {}); // the asker says so
}

void admin_front::ask_webhooks(const net::http_exchange& exchange,
                               webhook_request what) {
  if (auto* no = std::get_if<net::http_response>(&what))
    exchange.respond(*no);
  else
    caf::anon_send(home_.admin, admin::webhook_question{
                                    std::make_shared<admin::asker>(exchange),
                                    std::move(what)});
}

void admin_front::ask(
    const net::http_exchange& exchange,
    std::function<net::http_response(const gauge_reading&)> what) {
  caf::anon_send(home_.admin,
                 admin::question{std::make_shared<admin::asker>(exchange),
                                 std::move(what)});
}

void admin_front::order(const net::http_exchange& exchange,
                        const net::http_request& request) {
  caf::anon_send(
      home_.admin,
      admin::order{std::make_shared<admin::asker>(exchange),
                   {std::string{request.method}, std::string{request.target},
                    std::string{request.body}}});
}

void admin_front::on_request(const net::http_exchange& exchange,
                             const net::http_request& request) {
  if (auto no = access_.refuse(request)) {
    exchange.respond(*no);
    return;
  }
  serve(exchange, request, false);
}

void admin_front::serve(const net::http_exchange& exchange,
                        const net::http_request& request, bool local) {
  auto path = request.path();
  auto& apps = home_.apps;
  if (request.method == "POST" && path == "/demo/publish") {
    demo_publish(exchange, request);
    return;
  }
  if (auto what = parse_webhook_request(request)) {
    ask_webhooks(exchange, std::move(*what));
    return;
  }
  if (path == "/v1/apps" || path.starts_with("/v1/apps/")
      || (path == "/v1/reload" && request.method == "POST")) {
    order(exchange, request);
    return;
  }
  if (path == "/v1/reload") {
    exchange.respond({405, "application/json",
                      R"({"error":"Only POST reloads."})", "Allow: POST\r\n"});
    return;
  }
  if (is_command(path) && path != "/v1/gauge") {
    ask_command(exchange, request, local);
    return;
  }
  if (request.method != "GET" && request.method != "HEAD") {
    exchange.respond({405, "text/plain", "Only GET is answered here.\n",
                      "Allow: GET, HEAD\r\n"});
    return;
  }
  if (path == "/metrics") {
    ask(exchange, [this, &apps](const gauge_reading& reading) {
      return net::http_response{reading.complete ? 200u : 503u,
                                "text/plain; version=0.0.4; charset=utf-8",
                                render_metrics(reading, apps, home_.quotas)};
    });
  } else if (path == "/v1/gauge") {
    ask(exchange, [&apps](const gauge_reading& reading) {
      return net::http_response{200, "application/json",
                                render_gauge(reading, apps)};
    });
  } else if (path == "/healthz") {
    // Alive means that every reactor turns: all of them answered the GAUGE.
    ask(exchange, [](const gauge_reading& reading) {
      return reading.complete
                 ? net::http_response{200, "text/plain", "ok\n"}
                 : net::http_response{503, "text/plain",
                                      "a reactor does not answer\n"};
    });
  } else if (path == "/readyz") {
    if (home_.draining)
      exchange.respond({503, "text/plain", "draining\n"});
    else if (home_.joining)
      exchange.respond({503, "text/plain", "joining the cluster\n"});
    else
      exchange.respond({200, "text/plain", "ready\n"});
  } else if (path == "/favicon.ico") {
    exchange.respond(
        {204, "text/plain", {}, "Cache-Control: max-age=86400\r\n"});
  } else if (auto* file = find_demo_file(path)) {
    exchange.respond(
        {200, file->content_type, std::string{file->bytes}, page_headers});
  } else if (path == "/demo.json") {
    demo_settings(exchange);
  } else {
    exchange.respond_text(404, "Nothing is here. There are /, /metrics, "
                               "/healthz, /readyz and the admin API: /v1 "
                               "lists its commands.");
  }
}

void admin_front::on_upgrade(net::http_session& session,
                             const net::http_request&) {
  session.refuse(
      {404, "text/plain", "WebSockets are served on the public port.\n"});
}

void admin_front::demo_settings(const net::http_exchange& exchange) {
  auto app = home_.apps.by_key(config::demo_key);
  if (app == no_app) {
    exchange.respond_text(404, "The demo app is not configured.");
    return;
  }
  boost::json::object out;
  auto& host = home_.settings.server.host;
  auto any = host == "0.0.0.0" || host == "::";
  out["ws"] = "ws://" + (any ? std::string{"127.0.0.1"} : host) + ":"
              + std::to_string(public_port_)
              + home_.settings.server.path_prefix;
  out["key"] = config::demo_key;
  out["app_id"] = home_.apps[app].id;
  exchange.respond({200, "application/json", boost::json::serialize(out)});
}

void admin_front::demo_publish(const net::http_exchange& exchange,
                               const net::http_request& request) {
  auto app = home_.apps.by_key(config::demo_key);
  if (app == no_app) {
    exchange.respond_text(404, "The demo app is not configured.");
    return;
  }
  auto& settings = home_.apps[app];
  auto body = pusher::parse_events_body(request.body, {}, home_.limits(app),
                                        settings.subscription_counts);
  if (auto* no = std::get_if<pusher::api_error>(&body))
    exchange.respond_text(static_cast<unsigned>(no->status), no->message);
  else
    api_.publish(exchange, app,
                 std::move(std::get<pusher::publish_request>(body)));
}

} // namespace tidewire
