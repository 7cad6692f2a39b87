#include "actors/state/router_state.hpp"

#include "net/pusher/server_event.hpp"
#include "net/ws_frame.hpp"

#include <algorithm>
#include <array>

namespace tidewire {

namespace {

bool is_presence(const route& r) {
  return pusher::is_presence(r.kind);
}

auto find_wish(route& r, socket_id who) {
  return std::find_if(r.wishes.begin(), r.wishes.end(),
                      [&](auto& w) { return w.id == who; });
}

bool is_attached(const route& r, socket_id who) {
  return std::any_of(r.attached.begin(), r.attached.end(),
                     [&](auto& p) { return p.who->socket() == who; });
}

const member* find_member(const std::vector<member>& in, std::string_view id) {
  auto at = std::find_if(in.begin(), in.end(),
                         [&](auto& m) { return m.user_id == id; });
  return at == in.end() ? nullptr : &*at;
}

} // namespace

frame_ptr text_frame(std::string_view text, std::int64_t accepted_ns) {
  std::array<char, net::ws_max_header> head;
  auto* end =
      net::write_ws_header(head.data(), net::ws_opcode::text, text.size());
  return frame::make({head.data(), static_cast<std::size_t>(end - head.data())},
                     text, accepted_ns);
}

// -- finding ------------------------------------------------------------------

subscription* router_state::find(subscriber& who, std::string_view channel) {
  for (auto& s : who.subscriptions)
    if (s.to->key.name == channel)
      return &s;
  return nullptr;
}

const subscription* router_state::find(const subscriber& who,
                                       std::string_view channel) {
  return find(const_cast<subscriber&>(who), channel);
}

route* router_state::find_route(const channel_key& key) {
  auto at = routes_.find(key);
  return at == routes_.end() ? nullptr : at->second.get();
}

bool router_state::subscribed(const subscriber& who,
                              std::string_view channel) const {
  return find(who, channel) != nullptr;
}

bool router_state::attached(const subscriber& who,
                            std::string_view channel) const {
  auto* s = find(who, channel);
  return s && s->attached;
}

const std::string* router_state::user_of(const subscriber& who,
                                         std::string_view channel) const {
  auto* s = find(who, channel);
  if (!s)
    return nullptr;
  auto at = s->to->users.find(who.socket().serial);
  return at == s->to->users.end() ? nullptr : &at->second.user_id;
}

// -- coming -------------------------------------------------------------------

void router_state::wish(subscriber& who, std::string_view channel,
                        pusher::channel_kind kind, bool counted,
                        std::optional<member> user) {
  channel_key key{who.app(), std::string{channel}};
  auto& slot = routes_[key];
  if (!slot) {
    slot = std::make_unique<route>(key);
    slot->kind = kind;
    slot->counted = counted;
  }
  auto& r = *slot;
  if (!is_presence(r) && r.known) {
    attach(r, who);
    succeed(r, who);
    count(r);
    return;
  }
  who.subscriptions.push_back({&r, 0, false});
  auto first = r.wishes.empty();
  r.wishes.push_back({&who, who.socket()});
  if (user)
    r.users[who.socket().serial] = *user;
  if (is_presence(r) || first)
    send_(join_channel{
        edge_, std::move(key), {who.socket(), std::move(user), false}});
}

void router_state::attach(route& to, subscriber& who) {
  auto* s = find(who, to.key.name);
  if (!s) {
    who.subscriptions.push_back({&to, 0, false});
    s = &who.subscriptions.back();
  }
  s->attached = true;
  s->place = static_cast<std::uint32_t>(to.attached.size());
  to.attached.push_back(
      {&who, static_cast<std::uint32_t>(s - who.subscriptions.data())});
  if (who.packs() && ++to.packers == 1 && audience_)
    audience_->came(to.key);
}

void router_state::succeed(route& r, subscriber& who) {
  std::string text;
  if (!is_presence(r)) {
    pusher::render_subscription_succeeded(text, r.key.name);
  } else {
    std::vector<pusher::presence_user> users;
    users.reserve(r.shown.size());
    for (auto& m : r.shown)
      users.push_back({m.user_id, m.user_info});
    pusher::render_subscription_succeeded(text, r.key.name, users);
  }
  who.queue(text_frame(text));
}

// -- going --------------------------------------------------------------------

bool router_state::leave(subscriber& who, std::string_view channel) {
  auto* s = find(who, channel);
  if (!s)
    return false;
  end(who, static_cast<std::uint32_t>(s - who.subscriptions.data()));
  return true;
}

void router_state::leave_all(subscriber& who) {
  while (!who.subscriptions.empty())
    end(who, static_cast<std::uint32_t>(who.subscriptions.size() - 1));
  who.subscriptions.shrink_to_fit();
}

void router_state::end(subscriber& who, std::uint32_t index) {
  auto s = who.subscriptions[index];
  auto& r = *s.to;
  if (s.attached) {
    detach(r, s);
  } else {
    for (auto& w : r.wishes)
      if (w.who == &who)
        w.who = nullptr; // its answer is still on the way
  }
  forget(who, index);
  if (is_presence(r)) {
    r.users.erase(who.socket().serial);
    send_(left_channel{edge_, r.key, who.socket()});
  } else if (s.attached) {
    count(r);
  }
  drop_if_unused(r);
}

// The last subscriber takes the place of the one that leaves.
void router_state::detach(route& from, const subscription& what) {
  auto packs = from.attached[what.place].who->packs();
  auto last = from.attached.back();
  from.attached[what.place] = last;
  last.who->subscriptions[last.index].place = what.place;
  from.attached.pop_back();
  if (packs && --from.packers == 0 && audience_)
    audience_->gone(from.key);
}

// The last subscription takes the place of the one that ends.
void router_state::forget(subscriber& who, std::uint32_t index) {
  auto moved = who.subscriptions.back();
  who.subscriptions[index] = moved;
  who.subscriptions.pop_back();
  if (index < who.subscriptions.size() && moved.attached)
    moved.to->attached[moved.place].index = index;
}

// The route of a plain channel that still waits for the answer to its first
// wish is kept until the answer has come.
void router_state::drop_if_unused(route& r) {
  if (!r.attached.empty() || !r.wishes.empty())
    return;
  if (!is_presence(r) && r.known)
    send_(left_channel{edge_, r.key, {}});
  auto key = r.key; // the key must outlive the entry that holds it
  routes_.erase(key);
}

void router_state::count(route& r) {
  if (r.counted && !is_presence(r))
    send_(counted_channel{edge_, r.key, r.attached.size()});
}

// -- records of channels ------------------------------------------------------

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

void router_state::apply(const joined_channel& record) {
  auto* r = find_route(record.channel);
  if (!r) {
    decline(record);
    return;
  }
  if (!is_presence(*r)) {
    // One answer for all who wait: the channel knows this edge from now on.
    r->known = true;
    auto waiting = std::exchange(r->wishes, {});
    for (auto& w : waiting)
      if (w.who) {
        attach(*r, *w.who);
        succeed(*r, *w.who);
      }
    count(*r);
    drop_if_unused(*r);
    return;
  }
  auto at = find_wish(*r, record.who);
  if (at == r->wishes.end()) {
    if (!is_attached(*r, record.who))
      decline(record);
    return;
  }
  auto* who = at->who;
  auto user = r->users.find(record.who.serial);
  if (who && user != r->users.end()
      && !find_member(r->shown, user->second.user_id))
    return; // the answer to a former wish: its member was taken back
  r->wishes.erase(at);
  if (who) {
    attach(*r, *who);
    succeed(*r, *who);
  }
  drop_if_unused(*r);
}

// After a restart a wish may be answered twice, and differently. Whoever was
// told no, or is gone, must not stay a member.
void router_state::decline(const joined_channel& record) {
  auto kind = pusher::classify(record.channel.name);
  if (kind && pusher::is_presence(*kind))
    send_(left_channel{edge_, record.channel, record.who});
}

void router_state::apply(const refused_join& record) {
  auto* r = find_route(record.channel);
  if (!r)
    return;
  auto at = find_wish(*r, record.who);
  if (at == r->wishes.end()) {
    if (is_attached(*r, record.who))
      restate(*r); // it was told yes before, and stays
    return;
  }
  auto* who = at->who;
  r->wishes.erase(at);
  if (who) {
    std::string text;
    pusher::render_subscription_error(text, r->key.name, record.type,
                                      record.sentence, record.status);
    who->queue(text_frame(text));
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

void router_state::apply(const restate_channel& record) {
  if (auto* r = find_route(record.channel))
    restate(*r);
  else
    send_(restate_edge{edge_, record.channel, 0, {}});
}

// -- restating ----------------------------------------------------------------

void router_state::adopt(edge_id edge) {
  edge_ = edge;
  restate([](auto&) { return true; });
}

void router_state::restate(
    const std::function<bool(const channel_key&)>& concerned) {
  std::vector<route*> all;
  for (auto& [key, r] : routes_)
    if (concerned(key))
      all.push_back(r.get());
  for (auto* r : all)
    restate(*r);
}

void router_state::restate(route& r) {
  // Withdrawn wishes have nobody to answer any more.
  std::erase_if(r.wishes, [](auto& w) { return w.who == nullptr; });
  restate_edge out{edge_, r.key, r.attached.size(), {}};
  auto describe = [&](socket_id id, bool attached) {
    auto user = r.users.find(id.serial);
    out.subscribers.push_back({id,
                               user == r.users.end()
                                   ? std::nullopt
                                   : std::optional<member>{user->second},
                               attached});
  };
  if (is_presence(r)) {
    for (auto& p : r.attached)
      describe(p.who->socket(), true);
    for (auto& w : r.wishes)
      describe(w.id, false);
  } else if (!r.attached.empty()) {
    describe(r.attached.front().who->socket(), r.known && r.wishes.empty());
  } else if (!r.wishes.empty()) {
    describe(r.wishes.front().id, false);
  }
  send_(std::move(out));
  drop_if_unused(r);
}

} // namespace tidewire
