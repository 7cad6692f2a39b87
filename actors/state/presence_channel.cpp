#include "actors/state/presence_channel.hpp"

#include <algorithm>

namespace tidewire {

bool presence_channel::idle() const noexcept {
  return waiting_.empty() && channel_state::idle();
}

channel_facts presence_channel::facts() const {
  auto result = channel_state::facts();
  result.subscriptions = 0;
  for (auto& [where, list] : by_edge_)
    result.subscriptions += list.size();
  for (auto& m : members_)
    result.users.push_back(m.user_id);
  return result;
}

bool presence_channel::full_for(const std::string& user_id) const {
  return members_.size() >= max_members_ && !connections_of_.contains(user_id);
}

bool presence_channel::must_wait(const std::string& user_id) const {
  return !sure() && !connections_of_.contains(user_id);
}

bool presence_channel::add(place where, const attendance& who) {
  by_edge_[where].push_back({who.wish, who.user->user_id});
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

std::string presence_channel::remove(place where, std::uint64_t wish) {
  auto here = by_edge_.find(where);
  if (here == by_edge_.end())
    return {};
  auto& list = here->second;
  auto at = std::find_if(list.begin(), list.end(),
                         [&](auto& c) { return c.wish == wish; });
  if (at == list.end())
    return {};
  auto user_id = at->user_id;
  list.erase(at);
  if (list.empty()) {
    by_edge_.erase(here);
    edges_.erase(where);
  }
  return release(user_id);
}

void presence_channel::state_all(place where, channel_output& out) const {
  out.to_edge(where, changed_members{key_, true, members_, {}});
}

void presence_channel::tell_others(place but, const changed_members& what,
                                   channel_output& out) const {
  for (auto& [where, e] : edges_)
    if (where != but)
      out.to_edge(where, what);
}

void presence_channel::refuse(edge_id from, const attendance& who,
                              channel_output& out) const {
  out.to_edge(from.at,
              refused_join{key_, who.who, "LimitReached",
                           "The channel is full: it takes "
                               + std::to_string(max_members_) + " members",
                           4100, who.wish});
}

// The edge of the newcomer hears of the member first, then of the attachment:
// so the newcomer finds itself in the list and gets no `member_added` of its
// own, while its neighbours do.
void presence_channel::admit(edge_id from, const attendance& who,
                             channel_output& out) {
  auto where = from.at;
  if (full_for(who.user->user_id)) {
    refuse(from, who, out);
    return;
  }
  if (must_wait(who.user->user_id)) {
    waiting_.emplace_back(from, who);
    return;
  }
  auto known = edges_.contains(where);
  auto fresh = add(where, who);
  edges_[where].stay = from.stay;
  if (!known)
    state_all(where, out);
  if (fresh) {
    tell_others(known ? UINT32_MAX : where, {key_, false, {*who.user}, {}},
                out);
    report_occupancy(out);
    out.report(member_added{who.user->user_id});
  }
  grant(where, who, out);
}

void presence_channel::join(const join_channel& record, channel_output& out) {
  if (record.who.user)
    admit(record.edge, record.who, out);
}

void presence_channel::leave(const left_channel& record, channel_output& out) {
  auto where = record.edge.at;
  std::erase_if(waiting_, [&](auto& w) {
    return w.first.at == where && w.second.wish == record.wish;
  });
  auto at = edges_.find(where);
  if (at == edges_.end() || at->second.stay != record.edge.stay)
    return;
  auto gone = remove(where, record.wish);
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
  auto where = record.edge.at;
  auto before = std::exchange(by_edge_[where], {});
  by_edge_.erase(where);
  std::erase_if(waiting_, [&](auto& w) { return w.first.at == where; });
  changed_members change{key_, false, {}, {}};
  std::vector<const attendance*> granted;
  std::vector<const attendance*> wishes;
  for (auto& s : record.subscribers) {
    if (!s.user)
      continue;
    auto known = s.attached
                 || (!gathering()
                     && std::any_of(before.begin(), before.end(),
                                    [&](auto& c) { return c.wish == s.wish; }));
    if (known && add(where, s))
      change.present.push_back(*s.user);
    if (!s.attached)
      (known ? granted : wishes).push_back(&s);
  }
  for (auto& c : before)
    if (auto gone = release(c.user_id); !gone.empty())
      change.gone.push_back(gone);
  if (by_edge_.contains(where))
    edges_[where].stay = record.edge.stay;
  else
    edges_.erase(where);
  if (gathering()) {
    for (auto* s : wishes)
      waiting_.emplace_back(record.edge, *s);
    return;
  }
  if (edges_.contains(where))
    state_all(where, out);
  if (!change.present.empty() || !change.gone.empty())
    tell_others(where, change, out);
  for (auto& id : change.gone)
    out.report(member_removed{id});
  if (!change.present.empty())
    report_occupancy(out);
  for (auto& m : change.present)
    out.report(member_added{m.user_id});
  for (auto* s : granted)
    grant(where, *s, out);
  for (auto* s : wishes)
    admit(record.edge, *s, out);
}

bool presence_channel::knows_other(edge_id edge) const {
  return channel_state::knows_other(edge)
         || std::any_of(waiting_.begin(), waiting_.end(), [&](auto& w) {
              return w.first.at == edge.at && w.first.stay != edge.stay;
            });
}

// Wishes are granted before the members are stated: whoever waits may have
// been announced by our predecessor, and is not to go and come again.
void presence_channel::gathered(channel_output& out) {
  std::vector<std::pair<edge_id, attendance>> granted;
  for (auto& x : std::exchange(waiting_, {})) {
    auto& [from, who] = x;
    if (full_for(who.user->user_id)) {
      refuse(from, who, out);
    } else if (must_wait(who.user->user_id)) {
      waiting_.push_back(std::move(x));
    } else {
      add(from.at, who);
      edges_[from.at].stay = from.stay;
      granted.push_back(std::move(x));
    }
  }
  for (auto& [where, e] : edges_)
    state_all(where, out);
  for (auto& [from, who] : granted)
    grant(from.at, who, out);
}

void presence_channel::became_sure(channel_output& out) {
  for (auto& [from, who] : std::exchange(waiting_, {}))
    admit(from, who, out);
}

} // namespace tidewire
