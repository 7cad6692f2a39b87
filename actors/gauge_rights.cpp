// What the GAUGE does about rights in a cluster: it has the rights_desk.
#include "actors/gauge_rights.hpp"

#include "actors/gauge.hpp"
#include "actors/state/cluster/cap_council.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <caf/atom.hpp>

#include <chrono>

namespace tidewire {

namespace {

constexpr auto rights_atom = caf::atom("rights");
using rights_turn = caf::atom_constant<rights_atom>;

constexpr std::chrono::milliseconds rights_pause{50};

} // namespace

cluster::moment gauge::moment_now() const {
  auto now = metering_->clocks_now();
  return {now.steady_ns, metering_->clock().at(now.steady_ns)};
}

// Nobody waits for a turn who could be told at once.
void gauge::turn_rights() {
  for (auto& x : memory_->rows->take_last())
    memory_->rights->keeper().stood(x, moment_now());
  auto what = memory_->rights->turn(moment_now());
  for (auto& x : what.send)
    memory_->send_right(x.to, x.kind, std::move(x.bytes));
  for (auto& router : routers_) {
    if (!what.came.apps.empty())
      send(router, what.came);
    if (!what.refused.apps.empty())
      send(router, what.refused);
  }
  for (auto& x : what.opened)
    if (x.id.drained)
      log_info("clients_sent_away",
               "node {} sends clients of app {} away; they are awaited "
               "elsewhere",
               x.id.gone.node, x.id.app);
    else
      log_warning("failover_opened",
                  "node {} took {} connections of app {} with it; they are "
                  "awaited elsewhere",
                  x.id.gone.node, x.lost, x.id.app);
  for (auto& x : what.closed)
    log_info("failover_closed",
             "of {} connections of app {} on node {} {} are back, {} of them "
             "for certain",
             x.lost, x.id.app, x.id.gone.node, x.back(), x.identified);
}

caf::message_handler gauge::rights_behavior() {
  delayed_send(this, rights_pause, rights_turn::value);
  return {
      [this](rights_turn) {
        delayed_send(this, rights_pause, rights_turn::value);
        turn_rights();
      },
      [this](const view_seen& x) {
        auto& keeper = memory_->rights->keeper();
        keeper.view_is(x.now);
        keeper.may_found(x.may_found);
        turn_rights();
        caps_->with_council([&](auto& council, auto&) {
          council.view_is(x.now, x.may_found, net::steady_ns());
        });
      },
      [this](const right_record_came& x) {
        if (!memory_->rights->keeper().take(x.from, x.kind, x.bytes,
                                            moment_now()))
          log_debug("right_record_refused",
                    "a record of kind {} from node {} is not understood",
                    static_cast<unsigned>(x.kind), x.from.node);
        turn_rights();
      },
      [this](const permits_wanted& x) {
        memory_->rights->note(x);
        turn_rights();
      },
      [this](const users_seen& x) { memory_->rights->note(x, moment_now()); },
      [this](const read_rights& x) {
        auto& keeper = memory_->rights->keeper();
        x.then({keeper.limits(), keeper.failovers(moment_now())});
      },
  };
}

} // namespace tidewire
