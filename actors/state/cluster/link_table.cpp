#include "actors/state/cluster/link_table.hpp"

namespace tidewire::cluster {

link_verdict link_table::judge(place& held, const life& who,
                               std::int64_t now_ns) {
  if (held.now == state::ending)
    return link_verdict::wait;
  if (now_ns - held.heard_ns >= silent_ns_) {
    held.overdue = true;
    return link_verdict::wait;
  }
  return held.who == who ? link_verdict::linked_already
                         : link_verdict::name_taken;
}

link_verdict link_table::knocks(const life& who, std::int64_t now_ns) {
  auto [at, is_new] =
      places_.try_emplace(who.node, place{who, state::linked, now_ns});
  if (is_new)
    return link_verdict::take;
  auto& held = at->second;
  if (held.now != state::dialled)
    return judge(held, who, now_ns);
  if (held.who != who)
    return link_verdict::name_taken;
  if (me_ < who)
    return link_verdict::linked_already;
  held = {who, state::linked, now_ns};
  return link_verdict::take_and_yield;
}

link_verdict link_table::answers(const life& who, std::int64_t now_ns) {
  auto [at, is_new] =
      places_.try_emplace(who.node, place{who, state::dialled, now_ns});
  if (is_new)
    return link_verdict::take;
  if (at->second.now == state::dialled)
    return link_verdict::linked_already; // by another address
  return judge(at->second, who, now_ns);
}

void link_table::gave_up(const life& who) {
  auto at = places_.find(who.node);
  if (at != places_.end() && at->second.who == who
      && at->second.now == state::dialled)
    places_.erase(at);
}

void link_table::heard(const life& who, std::int64_t now_ns) {
  auto at = places_.find(who.node);
  if (at == places_.end() || at->second.who != who
      || at->second.now == state::ending)
    return;
  at->second.now = state::linked;
  at->second.heard_ns = now_ns;
}

void link_table::ending(const life& who) {
  auto at = places_.find(who.node);
  if (at != places_.end() && at->second.who == who)
    at->second.now = state::ending;
}

void link_table::gone(const life& who) {
  auto at = places_.find(who.node);
  if (at != places_.end() && at->second.who == who)
    places_.erase(at);
}

const life* link_table::to_be_ended(const std::string& node) const {
  auto at = places_.find(node);
  return at != places_.end() && at->second.overdue
                 && at->second.now == state::linked
             ? &at->second.who
             : nullptr;
}

} // namespace tidewire::cluster
