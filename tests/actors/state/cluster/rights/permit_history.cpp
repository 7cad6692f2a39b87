#include "tests/actors/state/cluster/rights/permit_history.hpp"

namespace tidewire::cluster::testing::permit_world {

// Both hear of each other at once: who starts listens before it dials.
void permit_history::start(std::size_t name) {
  life who{std::string(1, static_cast<char>('A' + name)), ++incarnation_};
  nodes_.push_back(std::make_unique<node>(who));
  auto& x = *nodes_.back();
  for (auto& each : apps_)
    x.keeper.limit_is(each, limit_[each]);
  meet(x);
  see(x, {x.who});
}

void permit_history::meet(node& x) {
  for (auto& y : nodes_)
    if (y->alive && y.get() != &x && !cut(name_of(x.who), name_of(y->who))
        && !cut(name_of(y->who), name_of(x.who))) {
      x.heard.insert(y->who);
      y->heard.insert(x.who);
    }
}

void permit_history::see(node& x, std::vector<life> who) {
  ++figures_.views;
  std::sort(who.begin(), who.end());
  std::vector<view_member> members;
  for (auto& each : who) {
    auto at = number_of(each);
    members.emplace_back();
    members.back().who = each;
    members.back().draining = nodes_[at]->draining;
  }
  x.view = std::move(who);
  x.keeper.view_is(std::make_shared<const view>(make_view(members)));
}

void permit_history::prove(node& x, const node& dead) {
  if (!x.dead.insert(dead.who).second)
    return;
  nodes_[number_of(dead.who)]->proved = true;
  x.keeper.gone(dead.who);
}

// As membership would know it at this moment.
void permit_history::look_for_founders() {
  for (auto& x : nodes_) {
    if (!runs(*x))
      continue;
    auto sees = [&](const life& y) {
      return std::count(x->view.begin(), x->view.end(), y) > 0;
    };
    auto may =
        std::all_of(x->heard.begin(), x->heard.end(), [&](const life& y) {
          return sees(y) || x->dead.count(y) > 0;
        });
    auto me = name_of(x->who);
    for (std::size_t i = 0; i < names_ && may; ++i) {
      auto* y = living(i);
      may = i == me
            || (!cut(me, i) && !cut(i, me)
                && (y == nullptr || (runs(*y) && sees(y->who))));
    }
    // It has dialled them all: whoever refused, or lives anew, has died.
    for (auto& y : nodes_)
      if (may && !y->alive)
        prove(*x, *y);
    x->keeper.may_found(may);
  }
}

void permit_history::let_in(node& x, const std::string& app) {
  auto& queue = x.waiting[app];
  auto& share = x.door.apps[app];
  auto moved = false;
  while (!queue.empty() && share.used < share.held) {
    ++share.used;
    ++figures_.admitted;
    queue.pop_front();
    moved = true;
  }
  if (moved)
    x.keeper.moved(app);
  x.keeper.waiting(app, static_cast<std::uint32_t>(queue.size()));
}

void permit_history::come(node& x, const std::string& app) {
  x.waiting[app].push_back(now_);
  let_in(x, app);
}

void permit_history::leave(node& x, const std::string& app) {
  auto& share = x.door.apps[app];
  if (share.used == 0)
    return;
  --share.used;
  x.keeper.moved(app);
  let_in(x, app);
}

void permit_history::give_up(node& x) {
  for (auto& [app, queue] : x.waiting) {
    auto before = queue.size();
    while (!queue.empty() && now_ - queue.front() >= 500 * ms)
      queue.pop_front();
    if (queue.size() != before)
      x.keeper.waiting(app, static_cast<std::uint32_t>(queue.size()));
  }
}

void permit_history::turn(node& x) {
  permit_effects out;
  x.keeper.turn(now_, out);
  for (auto& each : out.send)
    post(x, each);
  for (auto& each : out.more)
    let_in(x, each);
  for (auto& each : out.refused) {
    auto& queue = x.waiting[each.app];
    while (!queue.empty() && queue.front() < each.asked_before_ns) {
      queue.pop_front();
      ++figures_.refused;
    }
    x.keeper.waiting(each.app, static_cast<std::uint32_t>(queue.size()));
  }
}

void permit_history::post(const node& from, const right_record& x) {
  auto to = number_of(x.to);
  if (to == nodes_.size() || dice_.chance(loss_))
    return;
  for (int i = dice_.chance(twice_) ? 2 : 1; i > 0; --i) {
    auto late = static_cast<std::int64_t>(dice_.below(delay_ * 1000));
    letters_.push_back(
        {now_ + late * ms / 1000, number_of(from.who), to, x.kind, x.bytes});
  }
}

void permit_history::deliver() {
  for (std::size_t i = 0; i < letters_.size();) {
    auto& x = letters_[i];
    auto& to = *nodes_[x.to];
    if (x.at > now_ || (to.alive && !runs(to))) {
      ++i;
      continue;
    }
    auto arrived = std::move(x);
    letters_[i] = std::move(letters_.back());
    letters_.pop_back();
    auto& from = *nodes_[arrived.from];
    if (!to.alive || cut(name_of(from.who), name_of(to.who)))
      continue;
    to.keeper.take(from.who, arrived.kind, arrived.bytes);
    turn(to);
    check();
  }
}

// So many milliseconds, and clients in them.
void permit_history::step(std::uint64_t length, std::uint64_t busy) {
  for (; length > 0 && wrong_.empty(); --length) {
    now_ += ms;
    ++figures_.steps;
    look_for_founders();
    deliver();
    for (auto& x : nodes_) {
      if (!runs(*x))
        continue;
      for (auto& app : apps_) {
        if (!x->draining && dice_.chance(busy))
          come(*x, app);
        if (dice_.chance(busy / 2))
          leave(*x, app);
      }
      give_up(*x);
      turn(*x);
      check();
    }
  }
}

} // namespace tidewire::cluster::testing::permit_world
