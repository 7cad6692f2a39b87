// What clients do with channels, and what the oracle notes of it.
#include "tests/sim/invariants.hpp"
#include "tests/sim/world_turn.hpp"

namespace tidewire::sim {

void world::channel_deed(const step& s) {
  auto name = s.b % channel_names;
  if (s.what == deed::publish)
    return publish(some(s.a), {s.c % apps, name});
  auto client = client_of(s.a);
  auto& c = clients_[client];
  auto wants = s.what == deed::subscribe;
  auto bit = 1u << name;
  if (((c.channels & bit) != 0) == wants)
    return;
  c.channels ^= bit;
  tell("client ", client, wants ? " subscribes to " : " leaves ",
       channel_name[name]);
  if (c.at != no_visit)
    to(visits_[c.at].server, [v = c.at, name, wants](sim_node& n) {
      if (n.channels())
        wants ? n.channels()->subscribe(v, name)
              : n.channels()->unsubscribe(v, name);
    });
}

// Whoever is accepted asks for all that he wants.
void world::ask_for_channels(visit v) {
  auto& x = visits_[v];
  auto* channels = nodes_[x.server]->channels();
  if (!channels)
    return;
  channels->opened(v);
  for (std::uint32_t name = 0; name < channel_names; ++name)
    if (clients_[x.client].channels >> name & 1u)
      channels->subscribe(v, name);
}

void world::ask_again(visit v, std::uint32_t name) {
  auto& x = visits_[v];
  if (clients_[x.client].at == v
      && (clients_[x.client].channels >> name & 1u) != 0)
    to(x.server, [v, name](sim_node& n) { n.channels()->subscribe(v, name); });
}

// -- publishes ----------------------------------------------------------------

void world::publish(host where, const channel_of& c) {
  auto who = running_[where];
  if (who == nobody || stopped_[where] || !nodes_[who]->channels())
    return;
  // Who must get it: subscribers on nodes that are in the views of all with
  // whom the publisher is, unless it was left out and does not know it yet.
  std::vector<process> with;
  for (auto& m : nodes_[who]->who_is_there().now().members)
    if (auto p = nodes_[who]->process_of(m.who); p != nobody && alive(p))
      with.push_back(p);
  // Who has come back counts from when he acts by a view with his new stay.
  auto stay_of = [&](process p, process in) {
    auto& view = nodes_[in]->who_is_there().now();
    auto at = index_of(view, nodes_[p]->me());
    return at == cluster::no_member ? 0 : view.members[at].stay;
  };
  // So was one who is in the views of others by a stay of which it has not
  // heard.
  auto joined = std::all_of(with.begin(), with.end(), [&](process other) {
    return stay_of(who, other) != 0 && stay_of(who, other) == stay_of(who, who);
  });
  std::vector<visit> audience;
  listening_.each([&](visit v, const channel_of& to, auto& ear) {
    auto p = visits_[v].server;
    auto reaches = [&](process other) {
      auto a = host_of(p), b = host_of(other);
      return a == b || (net_.open(a, b) && net_.open(b, a));
    };
    auto seen_by = [&](process other) {
      return reaches(other)
             && index_of(nodes_[other]->who_is_there().now(), nodes_[p]->me())
                    != cluster::no_member;
    };
    if (to == c && ear.since && alive(p) && (joined || p == who)
        && stay_of(p, p) == stay_of(p, who)
        && std::all_of(with.begin(), with.end(), seen_by))
      audience.push_back(v);
  });
  auto number = listening_.published(c, who, now_, std::move(audience));
  tell("event ", number, " is published at ", host_name(where), " to ",
       text_of(c));
  to(who, [=](sim_node& n) { n.channels()->publish(c, number); });
}

// When all is well every node can publish to every channel.
void world::publish_everywhere() {
  auto first = listening_.publishes();
  for (host x = 0; x < what_.hosts; ++x)
    for (std::uint32_t name = 0; name < channel_names; ++name)
      publish(x, {(x + name) % apps, name});
  if (listening_.publishes() == first)
    return;
  run_until(now_ + 2 * second);
  if (!finding_)
    publishes_reach_all(*this, first);
  if (!finding_)
    webhooks_are_true(*this);
}

void world::publish_answered(std::uint64_t number, bool complete) {
  listening_.answered(number, complete, now_);
  tell("  event ", number,
       complete ? " has reached everybody" : " failed: 503");
  if (complete)
    publish_has_arrived(*this, number);
}

// -- what is heard ------------------------------------------------------------

void world::heard(visit v, std::string_view text) {
  auto& x = visits_[v];
  std::optional<channel_of> refused;
  auto wrong = listening_.hear(v, x.client, x.app, text, now_, refused);
  if (!wrong.empty())
    fail(wrong.find("event") != wrong.npos && wrong.find('{') == wrong.npos
             ? "I7"
             : "I6",
         "client " + std::to_string(x.client) + " at "
             + process_name(*this, x.server) + ", app " + app_names[x.app]
             + ", " + wrong);
  if (refused)
    plans_.plan(now_ + second, kind::again, v, refused->name);
}

void world::announced(process who, const channel_of& c, const std::string& user,
                      bool so) {
  tell("  ", host_name(host_of(who)), " tells the backend: ", text_of(c),
       user.empty() ? "" : " has " + user, so ? "" : ", no more");
  told_at_[who] = now_;
  auto& last = announced_[{c, user}];
  webhooks_alternate(*this, c, user, last, so);
  last = {so, who, now_};
}

bool world::was_cut_short(const announcement& x) const {
  return x.by != nobody && lives_[x.by].ended < x.at + net_.longest_trip();
}

bool world::is_taken_over(const channel_key& key,
                          const std::string& user) const {
  return std::any_of(running_.begin(), running_.end(), [&](process x) {
    return x != nobody && x < nodes_.size() && nodes_[x]->channels()
           && nodes_[x]->channels()->webhooks().took(key, user);
  });
}

void world::left_out(process one, process other) {
  if (alive(one) && alive(other))
    left_out_[one] = left_out_[other] = now_;
}

void world::sees(process one, process other, bool so) {
  auto& x = stays_[{one, other}];
  if (so)
    x.since = now_;
  x.until = so ? never : now_;
}

// What it knew when the other one came, or when their line was new, has been
// told by a second later.
void world::was_read(process from, process by, instant sent) {
  auto at = stays_.find({from, by});
  if (at == stays_.end())
    return;
  auto& x = at->second;
  if (x.since <= sent - second && sent <= x.until)
    x.told = std::max(x.told, sent - second);
}

instant world::told_until(process one, process other) const {
  auto at = stays_.find({one, other});
  return at == stays_.end() ? stay{}.told : at->second.told;
}

instant world::left_out_at(process x) const {
  auto at = left_out_.find(x);
  return at == left_out_.end() ? -1 : at->second;
}

} // namespace tidewire::sim
