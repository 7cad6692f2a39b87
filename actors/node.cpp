#include "actors/node.hpp"

#include "actors/admin.hpp"
#include "actors/directory.hpp"
#include "actors/failure.hpp"
#include "actors/member_keeper.hpp"
#include "actors/registry.hpp"
#include "actors/router.hpp"
#include "actors/shard.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"

#include <caf/exit_reason.hpp>

namespace tidewire {

node::node(caf::actor_config& cfg, crew who, nursery successors,
           std::shared_ptr<member_keeper> members)
    : caf::event_based_actor(cfg),
      crew_(std::move(who)),
      new_(std::move(successors)),
      members_(std::move(members)),
      stays_(crew_.shards.size(), 1) {
  set_exception_handler(log_failure);
}

caf::behavior node::make_behavior() {
  for (auto& who : crew_.routers)
    monitor(who);
  for (auto& who : crew_.directories)
    monitor(who);
  monitor(crew_.admin);
  monitor(crew_.gauge);
  monitor(crew_.registry);
  monitor(crew_.webhooks);
  if (crew_.ledger)
    monitor(crew_.ledger);
  set_down_handler([this](const caf::down_msg& x) { replace(x.source); });
  set_exit_handler([this](const caf::exit_msg&) { end_all(); });
  return caf::message_handler{
      [this](const actor_restarted& x) { send(crew_.gauge, x); },
      [this](const reload_now& x) { send(crew_.registry, x); },
      [this](const fail_ledger&) { send(crew_.ledger, fail_now{}); },
  }
      .or_else(in_cluster());
}

void node::replace(const caf::actor_addr& gone) {
  if (ending_)
    return;
  for (std::uint32_t i = 0; i < crew_.shards.size(); ++i) {
    if (crew_.routers[i].address() == gone)
      replace_router(i);
    else if (crew_.directories[i].address() == gone)
      replace_directory(i);
  }
  if (crew_.admin.address() == gone)
    replace_admin();
  if (crew_.gauge.address() == gone)
    replace_gauge();
  if (crew_.registry.address() == gone)
    replace_registry();
  if (crew_.webhooks.address() == gone)
    replace_webhooks();
  if (crew_.ledger && crew_.ledger.address() == gone)
    replace_ledger();
}

void node::replace_router(std::uint32_t reactor) {
  auto& home = *crew_.shards[reactor];
  auto fresh = spawn_on<router>(home.host, home, ++stays_[reactor]);
  monitor(fresh);
  crew_.routers[reactor] = fresh;
  // What it may have missed between the end of its predecessor and now.
  send(fresh, gauge_up{crew_.gauge});
  send(fresh, webhooks_up{crew_.webhooks});
  for (std::uint32_t i = 0; i < crew_.directories.size(); ++i)
    send(fresh, directory_up{i, crew_.directories[i]});
  send(crew_.gauge, routers_up{crew_.routers});
  send(crew_.gauge, actor_restarted{"ROUTER", reactor});
  log_warning("router_restarted", "the ROUTER of reactor {} was restarted",
              reactor);
}

void node::replace_directory(std::uint32_t reactor) {
  auto& home = *crew_.shards[reactor];
  auto fresh = spawn_on<directory>(home.host, home);
  monitor(fresh);
  crew_.directories[reactor] = fresh;
  for (auto& who : crew_.routers)
    send(who, directory_up{reactor, fresh});
  send(crew_.gauge, actor_restarted{"DIRECTORY", reactor});
  log_warning("directory_restarted",
              "the DIRECTORY of reactor {} was restarted", reactor);
}

void node::replace_admin() {
  auto& home = *crew_.shards.front();
  crew_.admin = spawn_on<admin>(home.host, home);
  monitor(crew_.admin);
  send(crew_.admin, registry_up{crew_.registry});
  send(crew_.gauge, actor_restarted{"ADMIN", 0});
  log_warning("admin_restarted", "the ADMIN was restarted");
}

void node::replace_gauge() {
  crew_.gauge = new_.gauge(crew_.routers, crew_.ledger);
  monitor(crew_.gauge);
  for (auto& who : crew_.routers)
    send(who, gauge_up{crew_.gauge});
  send(crew_.webhooks, gauge_up{crew_.gauge});
  send(crew_.gauge, actor_restarted{"GAUGE", 0});
  log_warning("gauge_restarted", "the GAUGE was restarted");
}

void node::replace_registry() {
  crew_.registry = new_.registry();
  monitor(crew_.registry);
  send(crew_.admin, registry_up{crew_.registry});
  send(crew_.gauge, actor_restarted{"REGISTRY", 0});
  log_warning("registry_restarted", "the REGISTRY was restarted");
}

void node::replace_webhooks() {
  crew_.webhooks = new_.webhooks();
  monitor(crew_.webhooks);
  for (auto& who : crew_.routers)
    send(who, webhooks_up{crew_.webhooks});
  send(crew_.gauge, webhooks_up{crew_.webhooks});
  send(crew_.gauge, actor_restarted{"WEBHOOKS", 0});
  log_warning("webhooks_restarted", "WEBHOOKS was restarted");
}

void node::replace_ledger() {
  crew_.ledger = new_.ledger();
  monitor(crew_.ledger);
  send(crew_.gauge, ledger_up{crew_.ledger});
  send(crew_.gauge, actor_restarted{"LEDGER", 0});
  log_warning("ledger_restarted", "the LEDGER was restarted");
}

// CAF programs hang on actors that nobody ended: all of them, by name.
void node::end_all() {
  ending_ = true;
  for (auto& who : crew_.routers)
    send_exit(who, caf::exit_reason::user_shutdown);
  for (auto& who : crew_.directories)
    send_exit(who, caf::exit_reason::user_shutdown);
  send_exit(crew_.admin, caf::exit_reason::user_shutdown);
  send_exit(crew_.gauge, caf::exit_reason::user_shutdown);
  send_exit(crew_.registry, caf::exit_reason::user_shutdown);
  send_exit(crew_.webhooks, caf::exit_reason::user_shutdown);
  if (crew_.ledger)
    send_exit(crew_.ledger, caf::exit_reason::user_shutdown);
  crew_ = {};
  quit(caf::exit_reason::user_shutdown);
}

} // namespace tidewire
