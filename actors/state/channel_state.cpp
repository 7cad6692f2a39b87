#include "actors/state/channel_state.hpp"

#include <algorithm>

namespace tidewire {

namespace {

// The reactor of the edge whose subscribers a record is about.
std::optional<std::uint32_t> edge_of(const directory_record& record) {
  return std::visit(
      [](auto& x) -> std::optional<std::uint32_t> {
        if constexpr (requires {
                        x.edge.reactor;
                        x.channel;
                      })
          return x.edge.reactor;
        else
          return std::nullopt;
      },
      record);
}

} // namespace

void channel_state::handle(directory_record record, channel_output& out) {
  if (auto* told = std::get_if<restate_edge>(&record)) {
    auto reactor = told->edge.reactor;
    if (gathering())
      std::erase_if(held_, [&](auto& x) { return edge_of(x) == reactor; });
    restate(*told, out);
    if (gathering()
        && std::find(heard_.begin(), heard_.end(), reactor) == heard_.end()) {
      heard_.push_back(reactor);
      if (heard_.size() == awaited_)
        end_waiting(out, true);
    }
    if (!gathering())
      report_occupancy(out);
    return;
  }
  if (gathering()) {
    held_.push_back(std::move(record));
    return;
  }
  take(record, out);
  report_occupancy(out);
}

void channel_state::take(directory_record& record, channel_output& out) {
  if (auto* x = std::get_if<publish_event>(&record)) {
    publish(*x, out);
  } else if (auto* y = std::get_if<join_channel>(&record)) {
    join(*y, out);
  } else if (auto* z = std::get_if<left_channel>(&record)) {
    leave(*z, out);
  } else if (auto* c = std::get_if<counted_channel>(&record)) {
    auto at = edges_.find(c->edge.reactor);
    if (at != edges_.end() && at->second.stay == c->edge.stay)
      at->second.subscriptions = c->subscriptions;
  } else if (auto* d = std::get_if<describe_channel>(&record)) {
    out.answer(d->reply_to, {d->reply_to.number, true, {{key_.name, facts()}}});
  }
}

void channel_state::give_up_waiting(channel_output& out) {
  if (gathering())
    end_waiting(out, false);
}

void channel_state::end_waiting(channel_output& out, bool complete) {
  awaited_ = 0;
  heard_.clear();
  gathered(out);
  state_report(out);
  auto held = std::exchange(held_, {});
  for (auto& record : held) {
    auto* event = std::get_if<publish_event>(&record);
    if (event && !complete) {
      // Who is there is served, but the publisher learns that it was not all.
      auto asker = std::exchange(event->reply_to, {});
      if (asker)
        out.answer(asker, {asker.number, false, {}});
    }
    handle(std::move(record), out);
  }
}

void channel_state::report_occupancy(channel_output& out) {
  auto now = !edges_.empty();
  if (std::exchange(occupied_, now) == now)
    return;
  if (now)
    out.report(channel_occupied{});
  else
    out.report(channel_vacated{});
}

void channel_state::state_report(channel_output& out) {
  if (gathering())
    return;
  auto known = facts();
  occupied_ = known.occupied;
  out.report(channel_stated{known.occupied, std::move(known.users)});
}

channel_facts channel_state::facts() const {
  channel_facts result;
  result.occupied = !edges_.empty();
  for (auto& [reactor, e] : edges_)
    result.subscriptions += e.subscriptions;
  return result;
}

void channel_state::publish(const publish_event& record, channel_output& out) {
  for (auto& [reactor, e] : edges_)
    out.to_edge(reactor, deliver_event{key_, record.event, record.except});
  out.published(record.reply_to);
  if (record.by_client)
    out.report(client_event_sent{record.event, record.except});
}

// -- plain --------------------------------------------------------------------

void plain_channel::join(const join_channel& record, channel_output& out) {
  auto& e = edges_[record.edge.reactor];
  e.stay = record.edge.stay;
  e.subscriptions = std::max<std::uint64_t>(e.subscriptions, 1);
  out.to_edge(record.edge.reactor, joined_channel{key_, record.who.who});
}

void plain_channel::leave(const left_channel& record, channel_output&) {
  auto at = edges_.find(record.edge.reactor);
  if (at != edges_.end() && at->second.stay == record.edge.stay)
    edges_.erase(at);
}

void plain_channel::restate(const restate_edge& record, channel_output& out) {
  if (record.subscribers.empty()) {
    edges_.erase(record.edge.reactor);
    return;
  }
  edges_[record.edge.reactor] = {record.edge.stay, record.subscriptions};
  for (auto& s : record.subscribers)
    if (!s.attached)
      out.to_edge(record.edge.reactor, joined_channel{key_, s.who});
}

// -- presence -----------------------------------------------------------------

channel_facts presence_channel::facts() const {
  auto result = channel_state::facts();
  result.subscriptions = 0;
  for (auto& [reactor, list] : by_edge_)
    result.subscriptions += list.size();
  for (auto& m : members_)
    result.users.push_back(m.user_id);
  return result;
}

bool presence_channel::full_for(const std::string& user_id) const {
  return members_.size() >= max_members_ && !connections_of_.contains(user_id);
}

bool presence_channel::add(std::uint32_t reactor, const attendance& who) {
  by_edge_[reactor].push_back({who.who, who.user->user_id});
  if (++connections_of_[who.user->user_id] > 1)
    return false;
  members_.push_back(*who.user);
  return true;
}

std::string presence_channel::release(const std::string& user_id) {
  auto at = connections_of_.find(user_id);
  if (at == connections_of_.end() || --at->second > 0)
    return {};
  connections_of_.erase(at);
  std::erase_if(members_, [&](auto& m) { return m.user_id == user_id; });
  return user_id;
}

std::string presence_channel::remove(std::uint32_t reactor, socket_id who) {
  auto here = by_edge_.find(reactor);
  if (here == by_edge_.end())
    return {};
  auto& list = here->second;
  auto at = std::find_if(list.begin(), list.end(),
                         [&](auto& c) { return c.who == who; });
  if (at == list.end())
    return {};
  auto user_id = at->user_id;
  list.erase(at);
  if (list.empty()) {
    by_edge_.erase(here);
    edges_.erase(reactor);
  }
  return release(user_id);
}

void presence_channel::state_all(std::uint32_t reactor,
                                 channel_output& out) const {
  out.to_edge(reactor, changed_members{key_, true, members_, {}});
}

void presence_channel::tell_others(std::uint32_t but,
                                   const changed_members& what,
                                   channel_output& out) const {
  for (auto& [reactor, e] : edges_)
    if (reactor != but)
      out.to_edge(reactor, what);
}

void presence_channel::refuse(edge_id from, const attendance& who,
                              channel_output& out) const {
  out.to_edge(from.reactor,
              refused_join{key_, who.who, "LimitReached",
                           "The channel is full: it takes "
                               + std::to_string(max_members_) + " members",
                           4100});
}

// The edge of the newcomer hears of the member first, then of the attachment:
// so the newcomer finds itself in the list and gets no `member_added` of its
// own, while its neighbours do.
void presence_channel::admit(edge_id from, const attendance& who,
                             channel_output& out) {
  auto reactor = from.reactor;
  if (full_for(who.user->user_id)) {
    refuse(from, who, out);
    return;
  }
  auto known = edges_.contains(reactor);
  auto fresh = add(reactor, who);
  edges_[reactor].stay = from.stay;
  if (!known)
    state_all(reactor, out);
  if (fresh) {
    tell_others(known ? UINT32_MAX : reactor, {key_, false, {*who.user}, {}},
                out);
    report_occupancy(out);
    out.report(member_added{who.user->user_id});
  }
  out.to_edge(reactor, joined_channel{key_, who.who});
}

void presence_channel::join(const join_channel& record, channel_output& out) {
  admit(record.edge, record.who, out);
}

void presence_channel::leave(const left_channel& record, channel_output& out) {
  auto at = edges_.find(record.edge.reactor);
  if (at == edges_.end() || at->second.stay != record.edge.stay)
    return;
  auto gone = remove(record.edge.reactor, record.who);
  if (gone.empty())
    return;
  tell_others(UINT32_MAX, {key_, false, {}, {gone}}, out);
  out.report(member_removed{gone});
}

// What the edge says replaces what was known of it; the others hear of the
// difference only. A wish that was granted already stays so: the answer may
// have been lost, but its member has been announced.
void presence_channel::restate(const restate_edge& record,
                               channel_output& out) {
  auto reactor = record.edge.reactor;
  auto before = std::exchange(by_edge_[reactor], {});
  by_edge_.erase(reactor);
  changed_members change{key_, false, {}, {}};
  std::vector<const attendance*> granted;
  std::vector<const attendance*> wishes;
  for (auto& s : record.subscribers) {
    if (!s.user)
      continue;
    auto known = s.attached
                 || (!gathering()
                     && std::any_of(before.begin(), before.end(),
                                    [&](auto& c) { return c.who == s.who; }));
    if (known && add(reactor, s))
      change.present.push_back(*s.user);
    if (!s.attached)
      (known ? granted : wishes).push_back(&s);
  }
  for (auto& c : before)
    if (auto gone = release(c.user_id); !gone.empty())
      change.gone.push_back(gone);
  if (by_edge_.contains(reactor))
    edges_[reactor].stay = record.edge.stay;
  else
    edges_.erase(reactor);
  if (gathering()) {
    std::erase_if(waiting_,
                  [&](auto& w) { return w.first.reactor == reactor; });
    for (auto* s : wishes)
      waiting_.emplace_back(record.edge, *s);
    return;
  }
  if (edges_.contains(reactor))
    state_all(reactor, out);
  if (!change.present.empty() || !change.gone.empty())
    tell_others(reactor, change, out);
  for (auto& id : change.gone)
    out.report(member_removed{id});
  if (!change.present.empty())
    report_occupancy(out);
  for (auto& m : change.present)
    out.report(member_added{m.user_id});
  for (auto* s : granted)
    out.to_edge(reactor, joined_channel{key_, s->who});
  for (auto* s : wishes)
    admit(record.edge, *s, out);
}

// Wishes are granted before the members are stated: whoever waits may have
// been announced by our predecessor, and is not to go and come again.
void presence_channel::gathered(channel_output& out) {
  std::vector<std::pair<edge_id, socket_id>> granted;
  for (auto& [from, who] : std::exchange(waiting_, {})) {
    if (full_for(who.user->user_id)) {
      refuse(from, who, out);
      continue;
    }
    add(from.reactor, who);
    edges_[from.reactor].stay = from.stay;
    granted.emplace_back(from, who.who);
  }
  for (auto& [reactor, e] : edges_)
    state_all(reactor, out);
  for (auto& [from, who] : granted)
    out.to_edge(from.reactor, joined_channel{key_, who});
}

} // namespace tidewire
