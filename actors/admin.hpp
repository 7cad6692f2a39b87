// The admin port: metrics, health, the admin API and the demo page.
#pragma once

#include "actors/admin_access.hpp"
#include "actors/app_requests.hpp"
#include "actors/commands/call.hpp"
#include "actors/commands/form.hpp"
#include "actors/front.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/webhook_requests.hpp"
#include "messages/reading.hpp"
#include "net/http_session.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/message_handler.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace tidewire {

struct shard;

/// The ADMIN: answers the commands of the one table (actors/commands), and asks
/// the GAUGE, the REGISTRY and WEBHOOKS on behalf of HTTP requests of its
/// reactor.
class admin final : public pinned_actor {
public:
  /// A request that is answered with 503 if nothing else becomes of it: its
  /// question may be lost with this ADMIN or whom it asks.
  struct asker {
    explicit asker(const net::http_exchange& x) : exchange(x) {}
    asker(const asker&) = delete;
    asker& operator=(const asker&) = delete;
    ~asker();

    net::http_exchange exchange;
  };

  /// A request that wants figures; `what` makes the answer of them.
  struct question {
    std::shared_ptr<const asker> who;
    std::function<net::http_response(const gauge_reading&)> what;
  };

  /// A request that the REGISTRY answers.
  struct order {
    std::shared_ptr<const asker> who;
    admin_call what;
  };

  /// A request that WEBHOOKS answers.
  struct webhook_question {
    std::shared_ptr<const asker> who;
    webhook_request what;
  };

  /// A request that a command of the table answers.
  struct command_asked {
    std::shared_ptr<const asker> who;
    commands::call what;
    commands::form how;
    bool local; ///< it came over the admin socket
  };

  admin(caf::actor_config& cfg, net::reactor& where, shard& home)
      : pinned_actor(cfg, where), home_(home) {}

  const char* name() const override { return "ADMIN"; }
  caf::behavior make_behavior() override;
  void on_exit() override;

private:
  // The commands: actors/admin_commands.cpp
  caf::message_handler command_handlers();
  void begin(command_asked& x);

  template <class Request>
  void ask_webhooks(const std::shared_ptr<const asker>& who, Request what);

  shard& home_;
  std::map<std::uint64_t, std::shared_ptr<const asker>> asked_;
  std::uint64_t last_asked_ = 0;
};

/// Routes the requests of the admin port. The demo page publishes through
/// `api` without a signature, and only for the app with the public demo key.
class admin_front final : public net::http_handler {
public:
  admin_front(shard& home, front& api, std::uint16_t public_port)
      : home_(home), api_(api), public_port_(public_port) {}

  /// Who is let in from now on.
  void token_is(admin_token now) { access_.token_is(std::move(now)); }

  void on_request(const net::http_exchange& exchange,
                  const net::http_request& request) override;
  void on_upgrade(net::http_session& session,
                  const net::http_request& request) override;
  void on_abandoned(bool, bool) override {}

  /// The same for requests that came over the admin socket: whoever could open
  /// it needs no token.
  net::http_handler& local() noexcept { return local_; }

private:
  struct local_front final : net::http_handler {
    explicit local_front(admin_front& f) : front(f) {}
    void on_request(const net::http_exchange& exchange,
                    const net::http_request& request) override {
      front.serve(exchange, request, true);
    }
    void on_upgrade(net::http_session& session,
                    const net::http_request& request) override {
      front.on_upgrade(session, request);
    }
    void on_abandoned(bool, bool) override {}

    admin_front& front;
  };

  static bool is_command(std::string_view path);

  void serve(const net::http_exchange& exchange,
             const net::http_request& request, bool local);
  void ask_command(const net::http_exchange& exchange,
                   const net::http_request& request, bool local);
  void ask(const net::http_exchange& exchange,
           std::function<net::http_response(const gauge_reading&)> what);
  void order(const net::http_exchange& exchange,
             const net::http_request& request);
  void ask_webhooks(const net::http_exchange& exchange, webhook_request what);
  void demo_settings(const net::http_exchange& exchange);
  void demo_publish(const net::http_exchange& exchange,
                    const net::http_request& request);

  shard& home_;
  front& api_;
  std::uint16_t public_port_;
  admin_access access_;
  local_front local_{*this};
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::admin::question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::admin::order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::admin::webhook_question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::admin::command_asked)
