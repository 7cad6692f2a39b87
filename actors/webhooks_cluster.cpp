// WEBHOOKS among others: who announces what, when channels move between nodes.
#include "actors/webhooks.hpp"

#include "messages/lifecycle.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

using cluster::announced_fact;

constexpr std::int64_t ns_of_ms = 1'000'000;

place office_of(node_number node) noexcept {
  return make_place(node, 0);
}

} // namespace

// -- the office ---------------------------------------------------------------

node_number webhook_office::owner_of(const channel_key& key) const {
  return placed ? node_of(placed->owner_of(apps[key.app].id, key.name)) : 0;
}

std::optional<node_number>
webhook_office::next_of(const channel_key& key,
                        const cluster::placement& in) const {
  auto next = in.runner_up_of(apps[key.app].id, key.name);
  return next ? std::optional{node_of(*next)} : std::nullopt;
}

// Copies come before what is told now: whoever is dead tells nothing.
void webhook_office::view_is(std::shared_ptr<const cluster::placement> now) {
  if (placed && placed->hash() == now->hash())
    return;
  auto before = std::exchange(placed, std::move(now));
  std::vector<place> awaited;
  for (auto where : placed->places())
    if (!is_local(where) && reactor_of(where) == 0)
      if (auto at = stated.find(node_of(where));
          at == stated.end() || at->second != placed->hash())
        awaited.push_back(where);
  others.view_is(placed, std::move(awaited), host.now());
  auto at_home = [](std::optional<place> x) { return x && is_local(*x); };
  for (auto& x : copies.choose(
           [&](std::string_view app, std::string_view channel) {
             return at_home(placed->owner_of(app, channel));
           },
           [&](std::string_view app, std::string_view channel) {
             return at_home(placed->runner_up_of(app, channel));
           })) {
    kept.took(cluster::key_of(x));
    inherited.push_back(std::move(x));
  }
  for (auto& x :
       kept.orphans([this](node_number node) { return placed->has(node); }))
    orphans.push_back(std::move(x));
  if (current)
    current->view_changed(before.get());
}

void webhook_office::arrived(node_number from, cluster::record_kind kind,
                             const std::string& bytes) {
  if (kind == cluster::announced_all_kind) {
    if (auto view = cluster::read_announced_all(bytes)) {
      stated[from] = *view;
      others.stated(office_of(from), *view);
    }
    return;
  }
  if (kind >= cluster::unsent_copy_kind) {
    arrived_unsent(from, kind, bytes);
    return;
  }
  auto facts = cluster::read_announced(bytes);
  if (!facts)
    return;
  for (auto& x : *facts)
    if (kind == cluster::announced_copy_kind)
      copies.apply(x);
    else if (kind == cluster::announced_here_kind)
      inherited.push_back(std::move(x));
}

// -- the actor ----------------------------------------------------------------

// A CHANNEL that is leaving may still have something to say about who is there;
// its successor says it all. What happened happened.
bool webhooks::elsewhere(const channel_report& what) const {
  return office_.placed && office_.owner_of(what.channel) != 0
         && !std::holds_alternative<client_event_sent>(what.what)
         && !std::holds_alternative<cache_missed>(what.what);
}

void webhooks::view_changed(const cluster::placement* before) {
  std::map<node_number, std::vector<announced_fact>> moved;
  for (auto& x : state_.hand_over(
           [this](const channel_key& key) {
             return office_.owner_of(key) != 0;
           },
           host().now())) {
    auto& app = office_.apps[x.channel.app].id;
    auto& to = moved[office_.owner_of(x.channel)];
    // The journal need not know who was there, only that we know it no more.
    todo_.journal.emplace_back(forget_announced{app, x.channel.name, {}});
    for (auto& one : x.all) {
      announced_fact fact{app, x.channel.name, one.user};
      if (one.departs_ns != webhook_state::never)
        fact.departs_ms = static_cast<std::uint64_t>(one.departs_ns / ns_of_ms);
      if (!one.user.empty())
        todo_.journal.emplace_back(
            forget_announced{app, x.channel.name, one.user});
      to.push_back(std::move(fact));
    }
  }
  if (!office_.tell)
    return;
  for (auto& [node, facts] : moved)
    for (auto& record : cluster::write(facts))
      office_.tell(node, cluster::announced_here_kind, std::move(record));
  auto& now = *office_.placed;
  for (auto where : now.places())
    if (!is_local(where) && reactor_of(where) == 0)
      office_.tell(node_of(where), cluster::announced_all_kind,
                   cluster::write_announced_all(now.hash()));
  tell_copies(); // to whom they were meant for
  office_.unsent.look_again([&](node_number node) {
    return !before || before->stay_of(node) != now.stay_of(node);
  });
  // Whoever would be next and was not knows nothing yet.
  auto add = [&](const channel_key& key, const std::string& user) {
    auto next = office_.next_of(key, now);
    if (!next)
      return;
    if (before && office_.next_of(key, *before) == next
        && before->stay_of(*next) == now.stay_of(*next))
      return;
    to_copy_[*next].push_back({office_.apps[key.app].id, key.name, user});
  };
  state_.for_each_announced([&](const channel_key& key) { add(key, {}); }, add);
}

void webhooks::inherit() {
  auto until =
      host().now() + std::chrono::nanoseconds{office_.settings.settle}.count();
  std::map<node_number, std::vector<announced_fact>> moved_on;
  for (auto& x : std::exchange(office_.inherited, {})) {
    auto app = office_.apps.by_id(x.app);
    if (app == no_app)
      continue;
    channel_key key{app, x.channel};
    if (auto owner = office_.owner_of(key); owner != 0) {
      moved_on[owner].push_back(std::move(x));
      continue;
    }
    auto departs = x.departs_ms
                       ? static_cast<std::int64_t>(*x.departs_ms) * ns_of_ms
                       : webhook_state::never;
    if (!state_.inherit(key, {x.user, departs}, host().now(), until))
      continue;
    todo_.journal.emplace_back(remember_announced{x.app, x.channel, x.user});
    copy(key, x.user, true);
  }
  // If that node has a newer view, they will come back, and what it stated
  // before says nothing of them.
  for (auto& [node, facts] : moved_on) {
    office_.stated.erase(node);
    if (!office_.tell)
      continue;
    for (auto& record : cluster::write(facts))
      office_.tell(node, cluster::announced_here_kind, std::move(record));
    office_.tell(node, cluster::announced_all_kind,
                 cluster::write_announced_all(office_.placed->hash()));
  }
}

void webhooks::copy(const channel_key& channel, const std::string& user,
                    bool so) {
  if (!office_.placed)
    return;
  if (auto next = office_.next_of(channel, *office_.placed))
    to_copy_[*next].push_back(
        {office_.apps[channel.app].id, channel.name, user, so});
}

// What is unsent first: a fact whose event is lost would never be told.
void webhooks::tell_copies() {
  if (!tell_unsent())
    return;
  for (auto& [node, facts] : std::exchange(to_copy_, {}))
    if (office_.tell)
      for (auto& record : cluster::write(facts))
        office_.tell(node, cluster::announced_copy_kind, std::move(record));
}

void webhooks::take_held() {
  if (held_.empty() || office_.waits() || !old_.empty())
    return;
  for (auto& x : std::exchange(held_, {}))
    take(x);
}

} // namespace tidewire
