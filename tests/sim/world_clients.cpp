// The people with browsers.
#include "tests/sim/invariants.hpp"
#include "tests/sim/world_turn.hpp"

#include <utility>

namespace tidewire::sim {

void world::come(std::uint32_t client, process server, std::uint32_t app) {
  auto& c = clients_[client];
  ++c.plan;
  c.app = app;
  c.at = static_cast<visit>(visits_.size());
  visits_.push_back({client, app, server});
  tell("client ", client, " knocks at ", host_name(host_of(server)), ", app ",
       app_names[app]);
  to(server, [v = c.at, app](sim_node& n) { n.knock(v, app); });
}

void world::come_to_any(std::uint32_t client, std::uint32_t app) {
  auto first = some(static_cast<std::uint32_t>(chance_.below(what_.hosts)));
  for (host i = 0; i < what_.hosts; ++i)
    if (auto who = running_[(first + i) % what_.hosts]; who != nobody)
      return come(client, who, app);
}

void world::go(std::uint32_t client) {
  auto& c = clients_[client];
  ++c.plan;
  if (c.at == no_visit)
    return;
  auto v = std::exchange(c.at, no_visit);
  tell("client ", client, " goes from ", host_name(host_of(visits_[v].server)));
  end(v);
  to(visits_[v].server, [v](sim_node& n) { n.hung_up(v); });
}

void world::end(visit v) {
  auto& x = visits_[v];
  if (x.is == visit_record::standing::open)
    truth_.closed(x.socket, now_);
  x.is = visit_record::standing::over;
}

void world::accepted(visit v) {
  auto& x = visits_[v];
  // He may have gone while the server was stopped: then it is open and closed
  // at once, as the server will find.
  if (x.is != visit_record::standing::knocking)
    return;
  x.is = visit_record::standing::open;
  x.socket = truth_.opened(x.client, x.app, x.server, now_);
  tell("client ", x.client, " is accepted at ", host_name(host_of(x.server)),
       ", app ", app_names[x.app], " has ", truth_.open(x.app));
  check_admission(*this, x);
  ask_for_channels(v);
}

void world::refused(visit v) {
  auto& x = visits_[v];
  if (x.is != visit_record::standing::knocking)
    return;
  x.is = visit_record::standing::over;
  clients_[x.client].at = no_visit;
  tell("client ", x.client, " is refused at ", host_name(host_of(x.server)));
}

void world::dismissed(visit v) {
  auto& x = visits_[v];
  if (x.is != visit_record::standing::open)
    return;
  end(v);
  clients_[x.client].at = no_visit;
  tell("client ", x.client, " is sent away by ", host_name(host_of(x.server)));
  come_back(x.client);
}

void world::come_back(std::uint32_t client) {
  plans_.plan(now_ + chance_.between(50, 2'000) * ms, kind::client, client,
              ++clients_[client].plan);
}

void world::come_back_now(std::uint32_t client) {
  if (clients_[client].at == no_visit)
    come_to_any(client, clients_[client].app);
}

void world::client_deed(const step& s) {
  auto client = client_of(s.a);
  auto server = running_[some(s.b)];
  switch (s.what) {
  case deed::connect:
    if (clients_[client].at == no_visit && server != nobody)
      come(client, server, s.c % apps);
    return;
  case deed::disconnect:
    return go(client);
  case deed::rush: {
    auto at = running_[some(s.a)];
    for (std::uint32_t i = 0; i < s.c && at != nobody; ++i)
      if (auto who = client_of(s.b + i); clients_[who].at == no_visit)
        come(who, at, limited_app);
    return;
  }
  case deed::exodus:
    for (std::uint32_t i = 0; i < clients_.size(); ++i)
      if (auto v = clients_[i].at; v != no_visit
                                   && host_of(visits_[v].server) == some(s.a)
                                   && (s.c < 2 || i % (s.c % 7 + 1) != 0))
        go(i);
    return;
  default:
    return channel_deed(s);
  }
}

} // namespace tidewire::sim
