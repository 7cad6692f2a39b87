#include "actors/state/webhook_state.hpp"

#include <algorithm>

namespace tidewire {

// -- coming and going ---------------------------------------------------------

bool webhook_state::arrive(presence& x) {
  cancel(x.due);
  auto again = !x.announced || x.again;
  x = {};
  x.announced = x.here = true;
  return again;
}

// Without a user it is the occupancy.
void webhook_state::depart(presence& x, std::int64_t now,
                           const channel_key& channel,
                           const std::string& user) {
  if (!std::exchange(x.here, false) || !x.announced || held_)
    return;
  auto due = now + delay_ns_;
  auto until = user.empty() ? channels_wait_ : users_wait_;
  if (until > due) {
    x.unclear = true;
    x.leaves = due;
  }
  set_due(x, std::max(due, until), channel, user);
}

void webhook_state::set_due(presence& x, std::int64_t due,
                            const channel_key& channel,
                            const std::string& user) {
  cancel(x.due);
  if (due != never)
    x.due = appoint(due, {channel,
                          user.empty() ? appointment::about::occupancy
                                       : appointment::about::member,
                          user});
}

webhook_state::moment webhook_state::appoint(std::int64_t due,
                                             appointment what) {
  moment when{due, ++appointments_};
  agenda_.emplace(when, std::move(what));
  return when;
}

void webhook_state::cancel(std::optional<moment>& due) {
  if (due)
    agenda_.erase(*due);
  due.reset();
}

void webhook_state::join(entry& e, const channel_key& channel,
                         const std::string& user, announcements& out) {
  if (arrive(e.members[user]))
    out.push_back({channel, member_added{user}});
}

void webhook_state::state(entry& e, const channel_report& report,
                          const channel_stated& what, interest who_cares,
                          std::int64_t now, announcements& out) {
  auto& key = report.channel;
  if (what.occupied && (who_cares.occupancy || e.occupancy.announced)
      && arrive(e.occupancy))
    out.push_back({key, channel_occupied{}});
  for (auto& [user, p] : e.members)
    if (p.here
        && std::find(what.users.begin(), what.users.end(), user)
               == what.users.end())
      depart(p, now, key, user);
  for (auto& user : what.users)
    if (who_cares.members || e.members.contains(user))
      join(e, key, user, out);
  if (!what.occupied && e.occupancy.here)
    depart(e.occupancy, now, key, {});
}

// -- counts -------------------------------------------------------------------

void webhook_state::recount(entry& e, const channel_key& channel,
                            std::uint64_t number, std::int64_t now,
                            announcements& out) {
  if (e.counted && number > count_threshold) {
    e.counted->held = number;
    return;
  }
  if (e.counted)
    agenda_.erase(std::exchange(e.counted, std::nullopt)->due);
  out.push_back({channel, subscriptions_counted{number}});
  if (number > count_threshold)
    e.counted =
        count{std::nullopt, appoint(now + count_interval_ns,
                                    {channel, appointment::about::count, {}})};
}

// -- reports ------------------------------------------------------------------

void webhook_state::handle(const channel_report& report, interest who_cares,
                           std::int64_t now, announcements& out) {
  auto& [key, what] = report;
  if (std::holds_alternative<client_event_sent>(what)
      || std::holds_alternative<cache_missed>(what)) {
    out.push_back(report);
    return;
  }
  auto& e = channels_[key];
  if (std::holds_alternative<channel_occupied>(what)) {
    if ((who_cares.occupancy || e.occupancy.announced) && arrive(e.occupancy))
      out.push_back(report);
  } else if (std::holds_alternative<channel_vacated>(what)) {
    depart(e.occupancy, now, key, {});
  } else if (auto* in = std::get_if<member_added>(&what)) {
    if (who_cares.members || e.members.contains(in->user_id))
      join(e, key, in->user_id, out);
  } else if (auto* left = std::get_if<member_removed>(&what)) {
    if (auto at = e.members.find(left->user_id); at != e.members.end())
      depart(at->second, now, key, left->user_id);
  } else if (auto* all = std::get_if<channel_stated>(&what)) {
    state(e, report, *all, who_cares, now, out);
  } else if (auto* counted = std::get_if<subscriptions_counted>(&what)) {
    recount(e, key, counted->count, now, out);
  }
  tick(now, out);
  forget_if_empty(key);
}

void webhook_state::restore(const channel_key& channel, std::int64_t until,
                            bool again) {
  restore(channels_[channel].occupancy, channel, {}, until, again);
}

void webhook_state::restore(const channel_key& channel, const std::string& user,
                            std::int64_t until, bool again) {
  restore(channels_[channel].members[user], channel, user, until, again);
}

void webhook_state::restore(presence& x, const channel_key& channel,
                            const std::string& user, std::int64_t until,
                            bool again) {
  if (std::exchange(x.announced, true))
    return;
  x.stale = x.unclear = true;
  x.again = again;
  set_due(x, until, channel, user);
}

// -- between nodes ------------------------------------------------------------

webhook_state::announced webhook_state::take_out(const channel_key& channel,
                                                 std::int64_t now) {
  announced result{channel, {}};
  auto& e = channels_.at(channel);
  auto add = [&](const std::string& user, presence& x) {
    auto leaves = x.unclear ? x.leaves : x.due ? x.due->first : never;
    if (x.announced && !x.stale)
      result.all.push_back(
          {user,
           leaves == never ? never : std::max<std::int64_t>(0, leaves - now),
           x.again});
    cancel(x.due);
  };
  add({}, e.occupancy);
  for (auto& [user, p] : e.members)
    add(user, p);
  if (e.counted)
    agenda_.erase(e.counted->due);
  channels_.erase(channel);
  return result;
}

bool webhook_state::inherit(const channel_key& channel,
                            const announced::one& what, std::int64_t now,
                            std::int64_t until) {
  auto& e = channels_[channel];
  auto& x = what.user.empty() ? e.occupancy : e.members[what.user];
  if (x.announced && !x.stale)
    return false;
  x.stale = false; // somebody has announced it since that life
  x.announced = x.unclear = true;
  x.again = what.again;
  if (what.departs_ns != never)
    x.leaves = now + what.departs_ns;
  set_due(x, until == never ? never : std::min(until, x.leaves), channel,
          what.user);
  return true;
}

webhook_state::standing webhook_state::doubt(const channel_key& channel,
                                             const std::string& user,
                                             bool apart) {
  auto at = channels_.find(channel);
  if (at == channels_.end())
    return standing::unknown;
  auto& e = at->second;
  auto member = e.members.find(user);
  if (!user.empty() && member == e.members.end())
    return standing::unknown;
  auto& x = user.empty() ? e.occupancy : member->second;
  if (!x.announced)
    return standing::unknown;
  if (x.here || (apart && !x.stale)) {
    x.again = true;
    return standing::doubted;
  }
  cancel(x.due);
  if (user.empty())
    x = {};
  else
    e.members.erase(member);
  forget_if_empty(channel);
  return standing::forgotten;
}

bool webhook_state::in_doubt(const channel_key& channel,
                             const std::string& user) const {
  auto at = channels_.find(channel);
  if (at == channels_.end())
    return false;
  if (user.empty())
    return at->second.occupancy.again;
  auto member = at->second.members.find(user);
  return member != at->second.members.end() && member->second.again;
}

void webhook_state::judge(std::int64_t due, std::int64_t no_sooner,
                          announcements& out) {
  for (auto& [key, e] : channels_) {
    if (judge(e.occupancy, key, {}, due, no_sooner))
      out.push_back({key, channel_occupied{}});
    for (auto& [user, p] : e.members)
      if (judge(p, key, user, due, no_sooner))
        out.push_back({key, member_added{user}});
  }
}

// True if it is to be announced again.
bool webhook_state::judge(presence& x, const channel_key& channel,
                          const std::string& user, std::int64_t due,
                          std::int64_t no_sooner) {
  if (x.here)
    return std::exchange(x.again, false);
  if (x.announced && x.unclear && !held_)
    set_due(x, std::max(x.leaves == never ? due : x.leaves, no_sooner), channel,
            user);
  return false;
}

// -- time ---------------------------------------------------------------------

void webhook_state::tick(std::int64_t now, announcements& out) {
  while (next_due() <= now) {
    auto node = agenda_.extract(agenda_.begin());
    meet(node.mapped(), now, out);
    forget_if_empty(node.mapped().channel);
  }
}

void webhook_state::meet(const appointment& what, std::int64_t now,
                         announcements& out) {
  auto at = channels_.find(what.channel);
  if (at == channels_.end())
    return;
  auto& e = at->second;
  switch (what.what) {
  case appointment::about::occupancy:
    e.occupancy = {};
    // Nobody is there: those who might have come back after a restart neither.
    for (auto& [user, p] : std::exchange(e.members, {})) {
      cancel(p.due);
      out.push_back({what.channel, member_removed{user}});
    }
    out.push_back({what.channel, channel_vacated{}});
    break;
  case appointment::about::member:
    e.members.erase(what.user);
    out.push_back({what.channel, member_removed{what.user}});
    break;
  case appointment::about::count:
    if (auto held = std::exchange(e.counted, std::nullopt)->held)
      recount(e, what.channel, *held, now, out);
  }
}

void webhook_state::release(const channel_key& channel, entry& e,
                            interest who_cares, announcements& out) {
  if (!who_cares.members)
    for (auto& [user, p] : std::exchange(e.members, {})) {
      cancel(p.due);
      out.push_back({channel, member_removed{user}});
    }
  if (!who_cares.occupancy && e.occupancy.announced) {
    cancel(e.occupancy.due);
    e.occupancy = {};
    out.push_back({channel, channel_vacated{}});
  }
  forget_if_empty(channel);
}

void webhook_state::hold_departures() {
  held_ = true;
  std::erase_if(agenda_, [](auto& x) {
    return x.second.what != appointment::about::count;
  });
  for (auto& [key, e] : channels_) {
    e.occupancy.due.reset();
    for (auto& [user, p] : e.members)
      p.due.reset();
  }
}

void webhook_state::forget_if_empty(const channel_key& channel) {
  auto at = channels_.find(channel);
  if (at == channels_.end())
    return;
  auto& e = at->second;
  if (!e.occupancy.announced && e.members.empty() && !e.counted)
    channels_.erase(at);
}

} // namespace tidewire
