// WEBHOOKS among others: who announces what, when channels move between nodes.
#include "actors/webhooks.hpp"

#include "messages/lifecycle.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tidewire {

namespace {

using cluster::announced_fact;

constexpr std::int64_t ns_of_ms = 1'000'000;

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
  judged = false;
  auto was_away = before && before->stay_of(0) != placed->stay_of(0);
  for (auto where : placed->places())
    if (is_local(where)) {
      unsettled[reactor_of(where)] = false;
      if (was_away)
        anew[reactor_of(where)] = placed->hash();
    }
  if (before)
    for (auto where : before->places())
      if (auto node = node_of(where);
          !placed->has(node) && !over.contains(node))
        missing.emplace(node, host.now());
  std::erase_if(missing, [this](auto& x) { return placed->has(x.first); });
  std::vector<place> awaited;
  for (auto where : placed->places())
    if (!is_local(where) && reactor_of(where) == 0)
      if (auto at = stated.find(node_of(where));
          at == stated.end() || at->second != placed->hash())
        awaited.push_back(where);
  // A view without whoever drains comes again. Who has not spoken of the one in
  // between has handed over nothing, and what it said before is worth nothing.
  std::erase_if(stated, [this](auto& x) { return x.second != placed->hash(); });
  others.view_is(placed, std::move(awaited), host.now(), patience_ns);
  auto is_there = [this](node_number node) { return placed->has(node); };
  for (auto& x : handed.take_back(is_there))
    inherited.push_back(std::move(x));
  auto at_home = [](std::optional<place> x) { return x && is_local(*x); };
  // The owner may have announced otherwise since those who left said it.
  auto at_second_hand = [this](cluster::announced_fact x) {
    x.apart = true;
    inherited.push_back(std::move(x));
  };
  for (auto& x :
       gone_copies.take([&](const std::string&app, const std::string&channel,
                            node_number from) {
         return at_home(placed->owner_of(app, channel)) || !is_there(from);
       })) {
    if (at_home(placed->owner_of(x.app, x.channel)))
      gone.note(x, host.now());
    else
      at_second_hand(std::move(x));
  }
  gone_copies.take([&](const std::string& app, const std::string& channel,
                       node_number) { // nobody will say that they are back
    return !at_home(placed->runner_up_of(app, channel));
  });
  for (auto& x : copies.choose(
           [&](std::string_view app, std::string_view channel) {
             return at_home(placed->owner_of(app, channel));
           },
           [&](std::string_view app, std::string_view channel) {
             return at_home(placed->runner_up_of(app, channel));
           },
           [&](node_number from) { return !is_there(from); })) {
    kept.took(cluster::key_of(x));
    if (at_home(placed->owner_of(x.app, x.channel)))
      inherited.push_back(std::move(x));
    else
      at_second_hand(std::move(x));
  }
  for (auto& x : kept.orphans(is_there))
    orphans.push_back(std::move(x));
  if (current)
    current->view_changed(before.get());
}

void webhook_office::arrived(node_number from, cluster::record_kind kind,
                             const std::string& bytes) {
  if (kind == cluster::announced_all_kind) {
    if (auto view = cluster::read_announced_all(bytes)) {
      // Whoever comes to our view later may have forgotten what we said of it
      // over another one in between: he hears it again.
      auto before = std::exchange(stated[from], *view);
      if (before != *view && placed && placed->hash() == *view)
        to_conclude.insert(from);
      others.stated(office_of(from), *view);
    }
    return;
  }
  if (cluster::unsent_copy_kind <= kind && kind <= cluster::unsent_known_kind) {
    arrived_unsent(from, kind, bytes);
    return;
  }
  if (kind == cluster::announced_taken_kind) {
    if (auto number = cluster::read_announced_taken(bytes)) {
      handed.taken(from, *number);
      to_conclude.insert(from);
    }
    return;
  }
  auto all = cluster::read_announced(bytes);
  if (!all)
    return;
  if (kind == cluster::announced_copy_kind) {
    for (auto& x : all->facts) {
      copies.apply(x, from);
      if (x.so)
        gone_copies.forget(x);
      else
        gone_copies.note(x, host.now(), from);
    }
  } else if (kind == cluster::announced_here_kind) {
    to_confirm[from] = std::max(to_confirm[from], all->number);
    if (handed.is_new(from, all->number))
      for (auto& x : all->facts)
        inherited.push_back(std::move(x));
  }
}

void webhook_office::life_over(node_number which) {
  over.insert(which);
  if (missing.erase(which) > 0)
    judged = false;
}

std::int64_t webhook_office::lost_until() const {
  std::int64_t result = 0;
  for (auto& [node, since] : missing)
    result = std::max(
        result, since + std::chrono::nanoseconds{settings.lost_after}.count());
  return result;
}

// -- the actor ----------------------------------------------------------------

// A CHANNEL that is leaving may still have something to say about who is there;
// its successor says it all. What happened happened.
bool webhooks::elsewhere(const channel_report& what) const {
  return office_.placed && office_.owner_of(what.channel) != 0
         && !std::holds_alternative<client_event_sent>(what.what)
         && !std::holds_alternative<cache_missed>(what.what);
}

// The owner is told what was announced: who is there, and who is gone, in case
// that it has announced otherwise when we were apart.
void webhooks::view_changed(const cluster::placement* before) {
  auto& now = *office_.placed;
  auto apart = [&](node_number node) {
    return before
           && (before->stay_of(node) != now.stay_of(node)
               || before->stay_of(0) != now.stay_of(0));
  };
  std::map<node_number, std::vector<announced_fact>> moved;
  for (auto& x : state_.hand_over(
           [this](const channel_key& key) {
             return office_.owner_of(key) != 0;
           },
           host().now())) {
    auto& app = office_.apps[x.channel.app].id;
    auto owner = office_.owner_of(x.channel);
    auto& to = moved[owner];
    // The journal need not know who was there, only that we know it no more.
    todo_.journal.emplace_back(forget_announced{app, x.channel.name, {}});
    for (auto& one : x.all) {
      announced_fact fact{app, x.channel.name, one.user};
      fact.apart = apart(owner);
      if (one.departs_ns != webhook_state::never)
        fact.departs_ms = static_cast<std::uint64_t>(one.departs_ns / ns_of_ms);
      if (!one.user.empty())
        todo_.journal.emplace_back(
            forget_announced{app, x.channel.name, one.user});
      to.push_back(fact);
      if (one.again) {
        fact.so = false;
        fact.apart = true;
        to.push_back(std::move(fact));
      }
    }
  }
  for (auto& fact : office_.gone.take(
           [&](const std::string&app, const std::string&channel, node_number) {
             return node_of(now.owner_of(app, channel)) != 0;
           })) {
    auto owner = node_of(now.owner_of(fact.app, fact.channel));
    fact.apart = apart(owner);
    moved[owner].push_back(std::move(fact));
  }
  // What others have said, and are not there to say again.
  for (auto& fact : std::exchange(office_.inherited, {})) {
    auto owner = node_of(now.owner_of(fact.app, fact.channel));
    fact.apart = fact.apart || (owner != 0 && apart(owner));
    (owner == 0 ? office_.inherited : moved[owner]).push_back(std::move(fact));
  }
  if (!office_.tell)
    return;
  for (auto& [node, facts] : moved)
    hand(node, facts);
  for (auto where : now.places())
    if (!is_local(where) && reactor_of(where) == 0)
      office_.to_conclude.insert(node_of(where));
  tell_copies(); // to whom they were meant for
  office_.unsent.look_again([&](node_number node) {
    return !before || before->stay_of(node) != now.stay_of(node);
  });
  // Whoever would be next and was not knows nothing yet.
  copy_all([&](const channel_key& key) -> std::optional<node_number> {
    auto next = office_.next_of(key, now);
    if (next && before && office_.next_of(key, *before) == next
        && before->stay_of(*next) == now.stay_of(*next))
      return std::nullopt;
    return next;
  });
}

void webhooks::hand(node_number to, const std::vector<announced_fact>& facts) {
  for (auto& record : office_.handed.hand(to, facts))
    office_.tell(to, cluster::announced_here_kind, std::move(record));
}

// What was under way over the line before may be lost.
void webhooks::line_is(node_number with) {
  if (!office_.placed || !office_.placed->has(with) || !office_.tell)
    return;
  for (auto& record : office_.handed.again(with))
    office_.tell(with, cluster::announced_here_kind, std::move(record));
  office_.to_conclude.insert(with);
  copy_all([&](const channel_key& key) {
    auto next = office_.next_of(key, *office_.placed);
    return next == with ? next : std::nullopt;
  });
}

void webhooks::inherit() {
  std::map<node_number, std::vector<announced_fact>> moved_on;
  for (auto& x : std::exchange(office_.inherited, {})) {
    auto app = office_.apps.by_id(x.app);
    if (app == no_app)
      continue;
    channel_key key{app, x.channel};
    if (auto owner = office_.owner_of(key); owner != 0)
      moved_on[owner].push_back(std::move(x));
    else
      inherit(key, x);
  }
  // If that node has a newer view, they will come back, and what it stated
  // before says nothing of them.
  for (auto& [node, facts] : moved_on) {
    office_.stated.erase(node);
    if (office_.tell)
      hand(node, facts);
  }
}

// Of what two have announced apart, nobody knows which was the last: what is so
// is announced again.
void webhooks::inherit(const channel_key& key, const announced_fact& x) {
  office_.judged = false;
  if (!x.so) {
    auto was = state_.doubt(key, x.user, x.apart);
    if (was == webhook_state::standing::doubted)
      copy(key, x.user, true);
    else
      office_.gone.note(x, host().now());
    if (was == webhook_state::standing::forgotten)
      todo_.journal.emplace_back(forget_announced{x.app, x.channel, x.user});
    return;
  }
  auto departs = x.departs_ms
                     ? static_cast<std::int64_t>(*x.departs_ms) * ns_of_ms
                     : webhook_state::never;
  auto again = office_.gone.has(x);
  office_.gone.forget(x);
  if (!state_.inherit(key, {x.user, departs, again}, host().now(),
                      webhook_state::never))
    return;
  todo_.journal.emplace_back(remember_announced{x.app, x.channel, x.user});
  copy(key, x.user, true);
}

// After the journal and the copies: it is in good hands.
void webhooks::confirm_facts() {
  for (auto& [node, number] : std::exchange(office_.to_confirm, {}))
    if (office_.tell)
      office_.tell(node, cluster::announced_taken_kind,
                   cluster::write_announced_taken(number));
}

// Who does not see our view yet hands back to us what it is handed; so that
// this was all is said to who has confirmed it, or he would take it for all
// while that is under way.
void webhooks::conclude() {
  for (auto node : std::exchange(office_.to_conclude, {}))
    if (office_.tell && office_.placed && office_.placed->has(node)
        && !office_.handed.waits_for(node))
      office_.tell(node, cluster::announced_all_kind,
                   cluster::write_announced_all(office_.placed->hash()));
}

// Only when all is told that there is: by reactors, by other nodes, and by
// those who know what was in the journal.
bool webhooks::can_judge() const {
  return office_.placed && !office_.judged && office_.unsettled.empty()
         && !office_.waits() && held_.empty() && office_.inherited.empty()
         && old_.empty();
}

// Who was away begins its channels anew (DIRECTORY), also those that nobody is
// in any more, and that have nothing to say. What a reactor reported before it
// saw that view is of channels that are no more.
void webhooks::seen(std::uint32_t reactor, std::uint64_t view) {
  if (auto at = office_.anew.find(reactor);
      at != office_.anew.end() && at->second == view) {
    office_.anew.erase(at);
    state_.begin_anew([&](const channel_key& key) {
      auto where = office_.placed->owner_of(office_.apps[key.app].id, key.name);
      return reactor_of(where) == reactor;
    });
  }
  auto at = office_.unsettled.find(reactor);
  if (view != office_.placed->hash() || at == office_.unsettled.end())
    return;
  if (std::exchange(at->second, true)) // told again
    office_.unsettled.erase(at);
}

// What is gone is of use until all have told what they had announced. Who has
// joined a part does not know whom that misses, so it is kept a while longer.
void webhooks::judge(webhook_state::announcements& what) {
  auto now = host().now();
  if (can_judge()) {
    office_.judged = true;
    state_.judge(now + in_ns(office_.settings.settle), office_.lost_until(),
                 what);
  }
  if (!office_.missing.empty())
    return;
  auto forgotten = now - 10 * in_ns(office_.settings.lost_after);
  if (office_.judged)
    office_.gone.expire(forgotten);
  office_.gone_copies.expire(forgotten);
}

void webhooks::take_held() {
  if (held_.empty() || office_.waits() || !old_.empty())
    return;
  for (auto& x : std::exchange(held_, {}))
    take(x);
}

} // namespace tidewire
