#include "tests/actors/state/model.hpp"

#include <boost/json/parse.hpp>

namespace tidewire::testing {

namespace {

constexpr std::int64_t forever_ns = 1'000'000'000'000;

bool brings_something(const directory_record& record) {
  if (auto* told = std::get_if<restate_edge>(&record))
    return !told->subscribers.empty() || told->stake;
  if (auto* told = std::get_if<edge_stake>(&record))
    return static_cast<bool>(told->stake);
  if (auto* event = std::get_if<publish_event>(&record))
    return is_cache(event->channel.name);
  return std::holds_alternative<join_channel>(record);
}

} // namespace

// -- a client -----------------------------------------------------------------

void model_client::listen() {
  for (auto& x : end.take()) {
    INFO(name << " " << x.channel << " " << x.name << " " << x.data);
    if (x.name == "pusher_internal:watchlist_events") {
      hear_watchlist(x);
      continue;
    }
    auto at = wants.find(x.channel);
    if (at == wants.end())
      continue; // said before it left
    auto& seen = at->second;
    if (x.name == "pusher_internal:subscription_succeeded") {
      REQUIRE_FALSE(seen.succeeded);
      seen.succeeded = true;
      if (is_presence(x.channel)) {
        for (auto& id : ids_in(x))
          REQUIRE(seen.members.insert(id).second);
        REQUIRE(seen.members.contains(name));
      }
    } else if (x.name == "pusher_internal:member_added") {
      REQUIRE(seen.succeeded);
      REQUIRE(seen.members.insert(ids_in(x).at(0)).second);
    } else if (x.name == "pusher_internal:member_removed") {
      REQUIRE(seen.succeeded);
      REQUIRE(seen.members.erase(ids_in(x).at(0)) == 1);
    } else if (x.name == "pusher:subscription_error") {
      wants.erase(at);
    } else {
      REQUIRE(seen.succeeded);
      hear_event(x, seen);
    }
  }
}

// What a cache channel greets with comes first and once; events come in their
// order, none of them twice.
void model_client::hear_event(const told& what, view& seen) {
  if (what.name == "pusher_internal:subscription_count")
    return;
  if (what.name == "pusher:cache_miss") {
    REQUIRE(is_cache(what.channel));
    REQUIRE_FALSE(seen.greeted);
    seen.greeted = true;
    return;
  }
  auto number = std::stoull(what.name);
  REQUIRE(number > seen.last);
  seen.last = number;
  if (is_cache(what.channel) && !std::exchange(seen.greeted, true))
    return;
  ++seen.events;
}

void model_client::hear_watchlist(const told& what) {
  auto first = false;
  for (auto& x : watched)
    first = first || !x.second;
  auto parsed = boost::json::parse(what.data);
  for (auto& part : parsed.at("events").as_array()) {
    auto online = part.at("name").as_string() == "online";
    for (auto& id : part.at("user_ids").as_array()) {
      auto at = watched.find(std::string{id.as_string()});
      REQUIRE(at != watched.end());
      REQUIRE(at->second != online); // news
      at->second = online;
    }
  }
  if (first)
    for (auto& x : watched)
      REQUIRE(x.second); // all of them at once
}

// -- the rest -----------------------------------------------------------------

model_world::model_world(std::uint32_t limit) : limit_(limit) {
  for (std::uint32_t i = 0; i < model_edges; ++i) {
    auto& e = edges_[i];
    e.routes =
        std::make_unique<router_state>(edge_id{i, 1}, [&e](directory_record x) {
          e.to_owner.push_back(std::move(x));
        });
  }
}

void model_world::step(std::uint32_t edge, bool to_owner) {
  auto& e = edges_[edge];
  if (to_owner && !e.to_owner.empty()) {
    auto record = std::move(e.to_owner.front());
    e.to_owner.pop_front();
    own(std::move(record));
  } else if (!to_owner && e.alive && !e.to_edge.empty()) {
    auto record = std::move(e.to_edge.front());
    e.to_edge.pop_front();
    std::visit([&](auto& x) { e.routes->apply(x); }, record);
  }
}

void model_world::end_router(std::uint32_t edge) {
  edges_[edge].alive = false;
  edges_[edge].to_edge.clear();
  edges_[edge].reachable = false;
}

void model_world::start_router(std::uint32_t edge) {
  auto& e = edges_[edge];
  if (std::exchange(e.alive, true))
    return;
  e.to_owner.push_back(edge_up{{edge, ++e.stay}, {}});
  e.routes->adopt({edge, e.stay});
}

std::unique_ptr<channel_state>
model_world::make(const std::string& name) const {
  auto ttl = is_cache(name) ? forever_ns : 0;
  if (is_presence(name))
    return std::make_unique<presence_channel>(key(name), limit_, ttl);
  if (name.starts_with("#"))
    return std::make_unique<user_channel>(key(name));
  return std::make_unique<plain_channel>(key(name), ttl);
}

void model_world::gather(const std::string& name, channel_state& c) {
  std::vector<place> all;
  for (place i = 0; i < model_edges; ++i)
    all.push_back(i);
  c.gather(all, ++round_);
  for (std::uint32_t i = 0; i < model_edges; ++i)
    to_edge(i, restate_channel{key(name), round_});
}

void model_world::restart_channel(const std::string& name) {
  auto at = channels_.find(name);
  if (at == channels_.end())
    return;
  at->second = make(name);
  gather(name, *at->second);
}

void model_world::restart_directory(std::uint32_t edge) {
  edges_[edge].to_owner.clear();
  for (std::uint32_t i = 0; i < model_edges; ++i) {
    auto& e = edges_[i];
    if (!e.alive)
      continue;
    e.to_owner.push_back(edge_up{{i, e.stay}, {}});
    e.routes->restate([](auto&) { return true; });
  }
  for (auto& [name, c] : channels_)
    gather(name, *c);
}

void model_world::publish(const std::string& name) {
  auto number = std::to_string(++events_);
  own(publish_event{key(name),
                    text_frame(R"({"event":")" + number + R"(","channel":")"
                               + name + R"("})"),
                    {},
                    {}});
}

void model_world::lose_patience() {
  for (auto& [name, c] : channels_) {
    reporting_ = name;
    c->give_up_waiting(*this);
  }
}

bool model_world::quiet() const {
  for (auto& [i, e] : edges_)
    if (!e.to_owner.empty() || !e.to_edge.empty())
      return false;
  return true;
}

const channel_state* model_world::channel(const std::string& name) const {
  auto at = channels_.find(name);
  return at == channels_.end() ? nullptr : at->second.get();
}

void model_world::own(directory_record record) {
  if (auto* up = std::get_if<edge_up>(&record)) {
    auto& e = edges_[up->edge.at];
    if (e.alive && e.stay == up->edge.stay)
      e.reachable = true;
    for (auto& [name, c] : channels_)
      if (!c->sure())
        to_edge(up->edge.at, restate_channel{key(name), c->round()});
    return;
  }
  auto name = std::visit(
      [](auto& x) -> std::string {
        if constexpr (requires { x.channel.name; })
          return x.channel.name;
        else
          return {};
      },
      record);
  auto at = channels_.find(name);
  if (at == channels_.end()) {
    if (!brings_something(record))
      return;
    at = channels_.emplace(name, make(name)).first;
  }
  reporting_ = name;
  at->second->handle(std::move(record), *this);
  if (is_presence(name))
    REQUIRE(at->second->facts().users.size() <= limit_);
  if (at->second->idle())
    channels_.erase(at);
}

void model_world::report(channel_fact what) {
  auto& r = reported_[reporting_];
  if (std::holds_alternative<channel_occupied>(what)) {
    r.occupied = true;
  } else if (std::holds_alternative<channel_vacated>(what)) {
    REQUIRE(r.users.empty());
    r.occupied = false;
  } else if (auto* in = std::get_if<member_added>(&what)) {
    REQUIRE(r.occupied);
    r.users.insert(in->user_id);
  } else if (auto* out = std::get_if<member_removed>(&what)) {
    r.users.erase(out->user_id);
  } else if (auto* all = std::get_if<channel_stated>(&what)) {
    r.occupied = all->occupied;
    r.users = {all->users.begin(), all->users.end()};
  }
}

void model_world::to_edge(place where, edge_record record) {
  auto& e = edges_[where];
  if (e.alive && e.reachable)
    e.to_edge.push_back(std::move(record));
}

} // namespace tidewire::testing
