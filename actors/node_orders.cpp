// What NODE does for an operator who was heard on another node, or on this one.
#include "actors/gauge_rights.hpp"
#include "actors/member_keeper.hpp"
#include "actors/node.hpp"
#include "actors/node_messages.hpp"
#include "actors/shard.hpp"
#include "net/log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <memory>

namespace tidewire {

using cluster::order_verb;

// This node owns nothing, takes nobody, and is not ready; its sockets are
// closed one by one.
void node::drain(bool on, std::int64_t within_ns) {
  draining_ = on;
  members_->drain(on);
  for (auto* home : crew_.shards)
    home->host.post([home, on, within_ns] {
      if (on)
        home->drain(within_ns);
      else
        home->undrain();
    });
}

// Each reactor its part of them, rounded up, until there are no more to send.
void node::send_away(std::uint64_t count, std::int64_t within_ns) {
  auto left = std::make_shared<std::atomic<std::uint64_t>>(count);
  auto all =
      std::max<std::uint64_t>(crew_.shards.front()->quotas.admitted(), 1);
  for (auto* home : crew_.shards)
    home->host.post([home, count, all, within_ns, left] {
      auto part = (count * home->connections().size() + all - 1) / all;
      auto before = left->load();
      while (
          !left->compare_exchange_weak(before, before - std::min(part, before)))
        ;
      home->send_away(std::min(part, before), within_ns);
    });
}

void node::obey(const cluster::life& from, const cluster::order& what) {
  cluster::order_answer out;
  out.number = what.number;
  out.count = crew_.shards.front()->quotas.admitted();
  auto reply = [to = caf::actor_cast<caf::actor>(this),
                from](cluster::order_answer said) {
    caf::anon_send(to, order_obeyed{from, std::move(said)});
  };
  auto refuse = [&](std::string why) {
    out.sentence = std::move(why);
    reply(std::move(out));
  };
  auto seconds = static_cast<double>(what.within_ns) / 1e9;
  switch (what.what) {
  case order_verb::drain:
    if (leaving_)
      return refuse("It is ending already.");
    if (draining_)
      return refuse("It drains already.");
    log_info("drain_ordered",
             "this node drains, as was ordered on node {}: {} connections are "
             "closed within {:.1f} s",
             from.node, out.count, seconds);
    drain(true, what.within_ns);
    break;
  case order_verb::undrain:
    if (leaving_)
      return refuse("It is ending: that cannot be taken back.");
    if (!draining_)
      return refuse("It does not drain.");
    log_info("undrained", "the drain is taken back, as was ordered on node {}",
             from.node);
    drain(false, 0);
    break;
  case order_verb::send_away:
    if (leaving_ || draining_)
      return refuse("It drains: all its clients are sent away.");
    out.count = std::min(out.count, what.count);
    log_info("rebalance_ordered",
             "{} of {} connections are sent to other nodes within {:.1f} s, as "
             "was ordered on node {}",
             out.count, crew_.shards.front()->quotas.admitted(), seconds,
             from.node);
    send_away(what.count, what.within_ns);
    break;
  case order_verb::tell_rights:
    send(crew_.gauge, read_rights{[out, reply](const rights_standing& x) {
           auto said = out;
           said.done = true;
           said.bytes = bytes_of(cluster::rights_told{x.limits, x.failovers});
           reply(std::move(said));
         }});
    return;
  }
  out.done = true;
  reply(std::move(out));
}

} // namespace tidewire
