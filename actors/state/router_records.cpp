// What channels say to the routes of a reactor.
#include "actors/state/router_state.hpp"

#include "net/pusher/server_event.hpp"

#include <algorithm>

namespace tidewire {

namespace {

const member* find_member(const std::vector<member>& in, std::string_view id) {
  auto at = std::find_if(in.begin(), in.end(),
                         [&](auto& m) { return m.user_id == id; });
  return at == in.end() ? nullptr : &*at;
}

// Whether who waits is in the list that subscribers would be shown.
bool finds_himself(const route& r, const subscriber& who) {
  auto at = r.users.find(who.socket().serial);
  return at == r.users.end() || find_member(r.shown, at->second.user.user_id);
}

// Whether the subscriber with that wish is a member here, waiting or attached.
bool is_guest(const route& r, socket_id who, std::uint64_t wish) {
  auto at = r.users.find(who.serial);
  return at != r.users.end() && at->second.wish == wish;
}

} // namespace

void router_state::apply(const deliver_event& record) {
  auto* r = find_route(record.channel);
  if (!r)
    return;
  if (!record.except) {
    for (auto& p : r->attached)
      p.who->queue(record.event);
    return;
  }
  for (auto& p : r->attached)
    if (p.who->socket() != record.except)
      p.who->queue(record.event);
}

// An answer is meant for the wish with its number and for no other, but where
// one wish spoke for all who wait.
void router_state::apply(const joined_channel& record) {
  auto* r = find_route(record.channel);
  auto at = r ? std::find_if(r->wishes.begin(), r->wishes.end(),
                             [&](auto& w) { return w.number == record.wish; })
              : std::vector<route::wish>::iterator{};
  if (!r || (r->asks_each() && at == r->wishes.end())) {
    // It may have been withdrawn or, after a restart, answered before: whoever
    // was told no, or is gone, must not stay a member.
    if (!r || !is_guest(*r, record.who, record.wish))
      send_(left_channel{edge_, record.channel, record.who, record.wish});
    return;
  }
  if (!r->asks_each() && record.wish != r->asked)
    return; // to a wish of a route that was dropped
  r->known = true;
  if (r->manner.members && !finds_himself(*r, *at->who)) {
    // The list was lost with the line before; both are said again.
    restate(*r, 0);
    return;
  }
  std::vector<route::wish> granted;
  if (r->asks_each()) {
    granted.push_back(*at);
    r->wishes.erase(at);
  } else {
    granted.swap(r->wishes);
  }
  for (auto& w : granted) {
    attach(*r, *w.who);
    succeed(*r, *w.who, record.greeting);
  }
  if (!granted.empty())
    count(*r);
}

void router_state::apply(const refused_join& record) {
  auto* r = find_route(record.channel);
  if (!r)
    return;
  auto meant = [&](const route::wish& w) {
    return r->asks_each() ? w.number == record.wish : record.wish == r->asked;
  };
  std::vector<subscriber*> refused;
  for (auto& w : r->wishes)
    if (meant(w))
      refused.push_back(w.who);
  std::erase_if(r->wishes, meant);
  if (refused.empty()) {
    if (is_guest(*r, record.who, record.wish))
      restate(*r, 0); // it was told yes before, and stays
    return;
  }
  std::string text;
  pusher::render_subscription_error(text, r->key.name, record.type,
                                    record.sentence, record.status);
  auto answer = text_frame(text);
  for (auto* who : refused) {
    who->queue(answer);
    r->users.erase(who->socket().serial);
    auto* s = find(*who, r->key.name);
    forget(*who, static_cast<std::uint32_t>(s - who->subscriptions.data()));
  }
  drop_if_unused(*r);
}

void router_state::announce(route& r, const std::string& text) {
  auto event = text_frame(text);
  for (auto& p : r.attached)
    p.who->queue(event);
}

// Announces the difference between what the channel states and what has been
// shown, so that restating the same set says nothing.
void router_state::apply(const changed_members& record) {
  auto* r = find_route(record.channel);
  if (!r)
    return;
  auto remove = [&](const std::string& id) {
    auto* m = find_member(r->shown, id);
    if (!m)
      return;
    r->shown.erase(r->shown.begin() + (m - r->shown.data()));
    std::string text;
    pusher::render_member_removed(text, r->key.name, id);
    announce(*r, text);
  };
  if (record.whole) {
    std::vector<std::string> gone;
    for (auto& m : r->shown)
      if (!find_member(record.present, m.user_id))
        gone.push_back(m.user_id);
    for (auto& id : gone)
      remove(id);
  }
  for (auto& id : record.gone)
    remove(id);
  for (auto& m : record.present) {
    if (find_member(r->shown, m.user_id))
      continue;
    r->shown.push_back(m);
    std::string text;
    pusher::render_member_added(text, r->key.name, {m.user_id, m.user_info});
    announce(*r, text);
  }
}

} // namespace tidewire
