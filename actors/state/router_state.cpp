// Coming, going and restating; what channels say stands in router_records.cpp.
#include "actors/state/router_state.hpp"

#include "net/pusher/server_event.hpp"
#include "net/ws_frame.hpp"

#include <algorithm>
#include <array>

namespace tidewire {

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

bool router_state::visit(cursor& at, std::size_t most,
                         const std::function<void(const route&)>& show) const {
  if (at.buckets != routes_.bucket_count())
    at = {0, routes_.bucket_count()};
  std::size_t shown = 0;
  for (; at.bucket < at.buckets && shown < most; ++at.bucket) {
    // Empty buckets are not free, either.
    ++shown;
    for (auto i = routes_.begin(at.bucket); i != routes_.end(at.bucket); ++i) {
      show(*i->second);
      ++shown;
    }
  }
  return at.bucket < at.buckets;
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
  return at == s->to->users.end() ? nullptr : &at->second.user.user_id;
}

// -- coming -------------------------------------------------------------------

// Where the channel must be asked for each, it is; otherwise the first wish
// speaks for the others, and they share its answer.
void router_state::wish(subscriber& who, std::string_view channel,
                        channel_manner manner, std::optional<member> user) {
  channel_key key{who.app(), std::string{channel}};
  auto& slot = routes_[key];
  if (!slot)
    slot = std::make_unique<route>(std::move(key), manner);
  auto& r = *slot;
  if (r.known && !r.asks_each()) {
    attach(r, who);
    succeed(r, who);
    count(r);
    return;
  }
  who.subscriptions.push_back({&r, 0, false});
  r.wishes.push_back({&who, ++last_wish_});
  if (user)
    r.users[who.socket().serial] = {std::move(*user), last_wish_};
  if (r.asks_each() || r.asked == 0)
    join(r, r.wishes.back());
}

void router_state::join(route& r, const route::wish& w) {
  r.asked = w.number;
  auto user = r.users.find(w.who->socket().serial);
  attendance who{w.who->socket(), std::nullopt, false, w.number};
  if (user != r.users.end())
    who.user = user->second.user;
  send_(join_channel{edge_, r.key, std::move(who)});
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
  who.on_attached(to.key.name);
  if (who.packs() && ++to.packers == 1 && audience_)
    audience_->came(to.key);
}

void router_state::succeed(route& r, subscriber& who,
                           const std::vector<frame_ptr>& greeting) {
  std::string text;
  if (!r.manner.members) {
    pusher::render_subscription_succeeded(text, r.key.name);
  } else {
    std::vector<pusher::presence_user> users;
    users.reserve(r.shown.size());
    for (auto& m : r.shown)
      users.push_back({m.user_id, m.user_info});
    pusher::render_subscription_succeeded(text, r.key.name, users);
  }
  who.queue(text_frame(text));
  for (auto& event : greeting)
    who.queue(event);
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
  users_.leave(edge_, who);
}

// A wish that ends before it is answered is simply forgotten: its answer will
// find nobody with its number.
void router_state::end(subscriber& who, std::uint32_t index) {
  auto s = who.subscriptions[index];
  auto& r = *s.to;
  if (s.attached) {
    detach(r, s);
  } else {
    std::erase_if(r.wishes, [&](auto& w) { return w.who == &who; });
  }
  forget(who, index);
  auto guest = r.users.find(who.socket().serial);
  if (guest != r.users.end()) {
    send_(left_channel{edge_, r.key, who.socket(), guest->second.wish});
    r.users.erase(guest);
  } else if (s.attached && !(r.attached.empty() && r.wishes.empty())) {
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

void router_state::drop_if_unused(route& r) {
  if (!r.attached.empty() || !r.wishes.empty())
    return;
  if (!r.manner.members)
    send_(left_channel{edge_, r.key, {}, 0});
  auto key = r.key; // the key must outlive the entry that holds it
  routes_.erase(key);
}

void router_state::count(route& r) {
  if (r.manner.counted && !r.manner.members)
    send_(counted_channel{edge_, r.key, r.attached.size()});
}

// -- restating ----------------------------------------------------------------

void router_state::adopt(edge_id edge) {
  edge_ = edge;
  restate([](auto&) { return true; });
}

void router_state::restate(
    const std::function<bool(const channel_key&)>& concerned) {
  for (auto& [key, r] : routes_)
    if (concerned(key))
      restate(*r, 0);
  for (auto& key : users_.channels())
    if (concerned(key) && !find_route(key))
      send_(restate_edge{edge_, key, 0, {}, users_.stake_in(key)});
}

void router_state::apply(const restate_channel& record) {
  if (auto* r = find_route(record.channel))
    restate(*r, record.round);
  else
    send_(restate_edge{edge_,
                       record.channel,
                       0,
                       {},
                       users_.stake_in(record.channel),
                       false,
                       record.round});
}

// Whoever must be known one by one is stated one by one. Otherwise one who is
// attached stands for all of them, and the wish that was put for those who
// wait.
void router_state::restate(route& r, std::uint64_t round) {
  restate_edge out{edge_,
                   r.key,
                   r.attached.size(),
                   {},
                   users_.stake_in(r.key),
                   r.manner.counted && !r.manner.members,
                   round};
  auto describe = [&](socket_id id, bool attached, std::uint64_t wish) {
    attendance who{id, std::nullopt, attached, wish};
    auto user = r.users.find(id.serial);
    if (user != r.users.end()) {
      who.user = user->second.user;
      who.wish = user->second.wish;
    }
    out.subscribers.push_back(std::move(who));
  };
  for (auto& p : r.attached) {
    describe(p.who->socket(), true, 0);
    if (!r.manner.members)
      break;
  }
  for (auto& w : r.wishes) {
    describe(w.who->socket(), false, r.asks_each() ? w.number : r.asked);
    if (!r.asks_each())
      break;
  }
  send_(std::move(out));
}

} // namespace tidewire
