// The world's network: what TCP does under partitions, resets and deaths.
#include "tests/actors/state/cluster/world.hpp"

#include <algorithm>

namespace tidewire::cluster::testing {

std::string world::address_of(std::size_t host) {
  return "h" + std::to_string(host) + ":6101";
}

void world::unblock(std::size_t from, std::size_t to) {
  blocked_.erase({from, to});
  for (auto& one : links_)
    for (std::size_t side = 0; side < 2; ++side)
      if (one->host[side] == from && one->host[1 - side] == to) {
        auto held = std::move(one->held[side]);
        one->held[side].clear();
        for (auto& what : held)
          what();
      }
}

void world::heal() {
  for (std::size_t a = 0; a < size(); ++a)
    for (std::size_t b = 0; b < size(); ++b)
      unblock(a, b);
}

world::connection* world::between(std::size_t a, const life& who, std::size_t b,
                                  const life& other) {
  for (auto& one : links_)
    for (std::size_t side = 0; side < 2; ++side)
      if (one->host[side] == a && one->who[side] == who
          && one->host[1 - side] == b && one->who[1 - side] == other
          && (one->open[0] || one->open[1]))
        return one.get();
  return nullptr;
}

world::connection* world::link_of(std::size_t a, const life& to) {
  const auto& me = life_of(a);
  for (auto& one : links_)
    for (std::size_t side = 0; side < 2; ++side)
      if (one->open[side] && one->who[side] == me && one->who[1 - side] == to)
        return one.get();
  return nullptr;
}

// The side hears of the end, behind what is on the way to it.
void world::close(connection& which, std::size_t side) {
  if (!which.open[side])
    return;
  which.open[side] = false;
  which.held[1 - side].clear();
  auto host = which.host[side];
  auto who = which.who[side];
  auto other = which.who[1 - side];
  auto when = std::max(now_ + delay(), which.last[1 - side]);
  which.last[1 - side] = when;
  later(when, [=, this, id = which.id] {
    deliver(host, who, id, [=, this](node_process& p, effects& out) {
      p.it.unlinked(other, mono(hosts_[host]), out);
    });
  });
}

void world::reset_link(std::size_t a, std::size_t b) {
  for (auto& one : links_)
    if ((one->host[0] == a && one->host[1] == b)
        || (one->host[0] == b && one->host[1] == a)) {
      close(*one, 0);
      close(*one, 1);
    }
}

void world::do_send(std::size_t from, const send_record& what) {
  auto* way = link_of(from, what.to);
  if (way == nullptr)
    return;
  auto side = way->who[0] == what.to ? 1u : 0u;
  auto to = way->host[1 - side];
  if (way->cut) { // its kernel says so, if it can
    if (can(from, to) && can(to, from))
      close(*way, side);
    return;
  }
  auto arrive = [=, this, id = way->id, me = life_of(from)] {
    deliver(to, what.to, id, [=, this](node_process& p, effects& out) {
      if (!p.it.receive(me, what.kind, what.bytes, mono(hosts_[to]), out))
        wrong("a record of " + me.node + " was not understood");
    });
  };
  auto when = std::max(now_ + delay(), way->last[side]);
  way->last[side] = when;
  later(when, [=, this] {
    auto open = way->open[1 - side];
    if (!can(from, to) || !way->held[side].empty()) {
      if (open)
        way->held[side].push_back(arrive);
    } else if (open) {
      arrive();
    }
  });
}

void world::do_dial(std::size_t from, const std::string& address) {
  auto who = life_of(from);
  std::size_t to = 0;
  while (to < size() && address_of(to) != address)
    ++to;
  later(now_ + delay(), [=, this] { answer(from, who, to, address); });
}

void world::answer(std::size_t from, const life& who, std::size_t to,
                   const std::string& address) {
  auto say = [=, this](std::int64_t when, dial_result result,
                       std::optional<life> answered) {
    later(when, [=, this] {
      deliver(from, who, 0, [=, this](node_process& p, effects& out) {
        p.it.dialled(address, result, answered, mono(hosts_[from]), out);
      });
    });
  };
  if (to == from)
    return say(now_, dial_result::yourself, {});
  if (to >= size() || !can(from, to) || !can(to, from) || hosts_[to].paused)
    return say(now_ + 2 * second, dial_result::failed, {});
  if (!hosts_[to].process)
    return say(now_ + delay(), dial_result::refused, {});
  auto other = life_of(to);
  if (!lives(who) || hosts_[from].paused || at(to).has_left())
    return say(now_ + 2 * second, dial_result::failed, {});
  say(now_ + delay(), dial_result::answered, other);
  auto* old = between(from, who, to, other);
  if ((old != nullptr && old->open[0] && old->open[1])
      || !at(to).admits(who, mono(hosts_[to]))
      || !at(from).admits(other, mono(hosts_[from])))
    return;
  if (old != nullptr) {
    close(*old, 0);
    close(*old, 1);
  }
  links_.push_back(std::make_unique<connection>());
  auto& made = *links_.back();
  made.id = ++order_;
  made.host[0] = from;
  made.host[1] = to;
  made.who[0] = who;
  made.who[1] = other;
  for (std::size_t side = 0; side < 2; ++side) {
    // A life has one link at a time: the old one's end is told first.
    auto when = now_ + delay();
    for (const auto& one : links_)
      if (one->id != made.id && (one->who[0] == who || one->who[1] == who)
          && (one->who[0] == other || one->who[1] == other))
        when = std::max({when, one->last[0] + 1, one->last[1] + 1});
    made.last[1 - side] = when;
    later(when,
          [=, this, id = made.id, host = made.host[side], me = made.who[side],
           peer = made.who[1 - side], where = address_of(made.host[1 - side])] {
            deliver(host, me, id, [=, this](node_process& p, effects& out) {
              p.it.linked(peer, where, mono(hosts_[host]), out);
            });
          });
  }
}

} // namespace tidewire::cluster::testing
