#include "actors/state/user_table.hpp"

#include "actors/state/router_state.hpp"
#include "net/pusher/channel_name.hpp"
#include "net/pusher/server_event.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

struct user_table::session {
  subscriber* who;
  member user;
  std::vector<std::string> watchlist; // in its order, each once
  std::vector<user_table::user*> watched;
  std::size_t unknown = 0; // of the watched: how many nobody has said
  bool told = false;
};

namespace {

std::string_view id_in(const channel_key& channel) {
  return pusher::user_of_channel(channel.name);
}

// Whether somebody can be signed in under that id.
bool can_sign_in(const std::string& channel) {
  return !pusher::check_channel_name(channel, 0);
}

template <class T>
void remove_one(std::vector<T*>& from, const T* what) {
  auto at = std::find(from.begin(), from.end(), what);
  if (at == from.end())
    return;
  *at = from.back();
  from.pop_back();
}

} // namespace

channel_key user_channel_key(app_index app, std::string_view user_id) {
  std::string name{pusher::user_channel_prefix};
  name += user_id;
  return {app, std::move(name)};
}

user_table::user_table(sender send) : send_(std::move(send)) {}

user_table::~user_table() = default;

user_table::user& user_table::find_or_make(channel_key channel) {
  auto& slot = users_[channel];
  if (!slot) {
    slot = std::make_unique<user>();
    slot->channel = std::move(channel);
  }
  return *slot;
}

void user_table::state(edge_id edge, user& about, user_stake before) {
  auto now = about.stake();
  if (!now.watching)
    about.online.reset(); // nobody tells us from now on
  if (now != before)
    send_(edge_stake{edge, about.channel, now});
  if (!now) {
    auto key = about.channel; // the key must outlive the entry that holds it
    users_.erase(key);
  }
}

// -- asked by connections -----------------------------------------------------

// He is signed in before he watches: who watches himself is online at once.
void user_table::sign_in(edge_id edge, subscriber& who, member as,
                         const std::vector<std::string>& watchlist) {
  auto& slot = sessions_[who.socket().serial];
  if (slot)
    return;
  slot = std::make_unique<session>();
  auto& s = *slot;
  s.who = &who;
  s.user = std::move(as);
  auto& own = find_or_make(user_channel_key(who.app(), s.user.user_id));
  auto before = own.stake();
  own.signed_in.push_back(&s);
  state(edge, own, before);

  std::vector<std::pair<user*, user_stake>> changed;
  for (auto& id : watchlist) {
    auto channel = user_channel_key(who.app(), id);
    if (std::find(s.watchlist.begin(), s.watchlist.end(), id)
        != s.watchlist.end())
      continue;
    s.watchlist.push_back(id);
    if (!can_sign_in(channel.name))
      continue;
    auto& other = find_or_make(std::move(channel));
    changed.emplace_back(&other, other.stake());
    other.watchers.push_back(&s);
    s.watched.push_back(&other);
    s.unknown += other.online ? 0 : 1;
  }
  for (auto& [other, stake] : changed)
    state(edge, *other, stake);
  if (s.unknown == 0 && !s.told)
    tell_all(s);
}

const member* user_table::user_of(const subscriber& who) const {
  auto at = sessions_.find(who.socket().serial);
  return at == sessions_.end() ? nullptr : &at->second->user;
}

void user_table::leave(edge_id edge, const subscriber& who) {
  auto at = sessions_.find(who.socket().serial);
  if (at == sessions_.end())
    return;
  auto s = std::move(at->second);
  sessions_.erase(at);
  for (auto* other : s->watched) {
    auto before = other->stake();
    remove_one(other->watchers, s.get());
    state(edge, *other, before);
  }
  auto own = users_.find(user_channel_key(who.app(), s->user.user_id));
  if (own == users_.end())
    return;
  auto before = own->second->stake();
  remove_one(own->second->signed_in, s.get());
  state(edge, *own->second, before);
}

// -- told by channels ---------------------------------------------------------

void user_table::apply(const user_seen& record) {
  auto at = users_.find(record.channel);
  if (at == users_.end())
    return;
  auto& about = *at->second;
  if (about.watchers.empty() || about.online == record.online)
    return;
  auto first = !std::exchange(about.online, record.online).has_value();
  for (auto* s : about.watchers) {
    if (s->told)
      tell_change(*s, about);
    else if (first && --s->unknown == 0)
      tell_all(*s);
  }
}

void user_table::apply(const end_sessions& record) {
  auto at = users_.find(record.channel);
  if (at == users_.end())
    return;
  for (auto all = at->second->signed_in; auto* s : all)
    s->who->on_terminated(); // which ends the session
}

user_stake user_table::stake_in(const channel_key& channel) const {
  if (users_.empty())
    return {};
  auto at = users_.find(channel);
  return at == users_.end() ? user_stake{} : at->second->stake();
}

std::vector<channel_key> user_table::channels() const {
  std::vector<channel_key> result;
  result.reserve(users_.size());
  for (auto& [key, u] : users_)
    result.push_back(key);
  return result;
}

// -- telling ------------------------------------------------------------------

// The state of everybody watched, as one event; nothing if nobody is.
void user_table::tell_all(session& s) {
  s.told = true;
  std::vector<std::string> online;
  std::vector<std::string> offline = std::exchange(s.watchlist, {});
  auto is_online = [&](const std::string& id) {
    return std::any_of(s.watched.begin(), s.watched.end(), [&](auto* u) {
      return u->online == true && id_in(u->channel) == id;
    });
  };
  auto split = std::stable_partition(offline.begin(), offline.end(), is_online);
  online.assign(std::make_move_iterator(offline.begin()),
                std::make_move_iterator(split));
  offline.erase(offline.begin(), split);
  std::vector<pusher::watchlist_event> events;
  if (!online.empty())
    events.push_back({"online", online});
  if (!offline.empty())
    events.push_back({"offline", offline});
  if (events.empty())
    return;
  std::string text;
  pusher::render_watchlist_events(text, events);
  s.who->queue(text_frame(text));
}

void user_table::tell_change(session& s, const user& about) {
  std::vector<std::string> ids{std::string{id_in(about.channel)}};
  pusher::watchlist_event event{*about.online ? "online" : "offline", ids};
  std::string text;
  pusher::render_watchlist_events(text, {&event, 1});
  s.who->queue(text_frame(text));
}

} // namespace tidewire
