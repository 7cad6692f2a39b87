// What the GAUGE does in a cluster: rows out and in.
#include "actors/gauge.hpp"
#include "actors/state/cluster/cap_council.hpp"
#include "net/reactor.hpp"

#include <caf/send.hpp>

namespace tidewire {

// Only where there is a cluster: a node that is alone has none of these.
caf::message_handler gauge::cluster_behavior() {
  metering_->share();
  auto with = [this](auto what) { memory_->rows->with(what); };
  return {
      [this](const row_record& x) {
        constexpr cluster::record_kind first_of_ledger = 72;
        if (x.kind >= first_of_ledger)
          send(ledger_,
               chain_record_in{x.from, x.kind, x.bytes, caf::actor{this}});
        else
          memory_->rows->take(x.from, x.kind, x.bytes, net::steady_ns());
        mind_cluster_caps();
        tell_caps();
      },
      [this, with](const peer_linked& x) {
        with([&](auto& meter, auto& out) { meter.linked(x.who, out); });
        caps_->with_council(
            [&](auto& council, auto& out) { council.linked(x.who, out); });
        send(ledger_, chain_record_in{x.who, 0, {}, caf::actor{this}});
      },
      [this, with](const peer_unlinked& x) {
        with([&](auto& meter, auto&) { meter.unlinked(x.who); });
        caps_->with_council(
            [&](auto& council, auto&) { council.unlinked(x.who); });
      },
      [with](const life_heard& x) {
        with([&](auto& meter, auto&) { meter.heard(x.who); });
      },
      [this, with](const life_over& x) {
        auto& end = x.end.what;
        auto& who = end.who;
        auto& rights = memory_->rights->keeper();
        rights.gone(who, x.end.ahead_ns);
        if (end.how != cluster::ending::left)
          rights.died(who, end.at, moment_now());
        with([&](auto& meter, auto& out) {
          if (end.how == cluster::ending::forgotten)
            meter.forget(who, out);
          else
            meter.proved_dead(who, out);
        });
        turn_rights();
      },
      [this](const cluster_time_is& x) { metering_->time_is(x.now); },
      [this](const read_loads& x) { x.then(memory_->rows->meter().loads()); },
      [this](const chain_record_out& x) {
        memory_->rows->sender()(x.to, x.kind, x.bytes);
      },
      [with](const history_came& x) {
        with([&](auto& meter, auto& out) {
          meter.known(x.whose, x.rows, out);
          if (x.end)
            meter.ended(x.whose.who, *x.end, out);
        });
      },
  };
}

// Rows first, then what is asked for: a back-fill never delays a tick.
void gauge::state_rows() {
  memory_->rows->with([this](auto& meter, auto& out) {
    for (auto& block : metering_->concluded())
      meter.state(block, out);
    meter.turn(metering_->last(), net::steady_ns(), out);
  });
  if (memory_->tell_clock)
    memory_->tell_clock(metering_->clock());
}

} // namespace tidewire
