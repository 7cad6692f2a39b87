#include "actors/shard.hpp"

#include "actors/connection.hpp"
#include "actors/gauge.hpp"
#include "actors/waiting_room.hpp"
#include "messages/node_messages.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <random>

namespace tidewire {

namespace {

constexpr std::int64_t housekeeping_ns = 20'000'000;

// 5,000 a second: their clients do not come back, so it is only our own time
// that must be shared with others.
constexpr std::size_t dismissed_at_once = 100;

} // namespace

struct shard::housekeeping : net::timer {
  explicit housekeeping(shard& s)
      : timer([](net::timer& t) {
          auto& self = static_cast<housekeeping&>(t);
          auto now = self.owner.host.now();
          self.owner.directory.tick(now);
          self.drain_some(now);
          self.dismiss_some();
          if (self.owner.waiting)
            self.owner.waiting->tick(now);
          self.count_busy();
          self.owner.host.wheel().arm(self, now + housekeeping_ns);
        }),
        owner(s) {}

  void drain_some(std::int64_t now);
  void dismiss_some();
  void count_busy();

  shard& owner;
  // Draining: who is still to be told, in random order, and when.
  std::vector<std::pair<std::int64_t, std::uint64_t>> farewells; // late first
  std::vector<app_index> dismissed; // not served, but there are connections
};

shard::shard(net::reactor& r, const config::settings& s, const app_table& a,
             deflate_audience& packing_for, node_limits& limits_of_node,
             std::uint32_t reactor_count, std::uint32_t incarnation)
    : host(r),
      settings(s),
      apps(a),
      audience(packing_for),
      quotas(limits_of_node),
      proxies(s.server.trusted_proxies),
      reactors(reactor_count),
      node_part(std::uint64_t{incarnation} * 256 + r.index()),
      packer(settings.compression),
      streams(r.index(), reactor_count),
      reports(r.index()),
      directory(*this),
      routes(
          {r.index(), 0},
          [this](directory_record record) {
            directory.send(std::move(record));
          },
          &packing_for),
      edge(directory.home(), directory, routes),
      live(a.size()),
      unauthorized(a.size()),
      totals(a.size()),
      housekeeping_(std::make_unique<housekeeping>(*this)) {
  for (place i = 0; i < reactor_count; ++i)
    places_.push_back(i);
  if (quotas.by_permits())
    waiting = std::make_unique<waiting_room>(*this);
  host.before_flush([this] {
    auto sent = streams.flush();
    if (auto view = directory.newly_settled())
      reports.settled(view);
    reports.flush(streams.router(host.index()));
    if (waiting)
      waiting->flush();
    return send_facts() || sent;
  });
  host.wheel().arm(*housekeeping_, host.now() + housekeeping_ns);
}

shard::~shard() = default;

void shard::note(app_index app, lifecycle::kind what, std::uint8_t reason,
                 std::int64_t open_ns) {
  // An end that is found after a pause was somewhere in it; whoever came, came
  // when he was served.
  auto at = what == lifecycle::kind::closed ? host.found_since() : host.now();
  facts_.push_back({app, what, reason, at, open_ns});
}

bool shard::send_facts() {
  if (!users_.empty())
    caf::anon_send(gauge, users_seen{host.index(), std::exchange(users_, {})});
  if (facts_.empty())
    return false;
  unconfirmed_.insert(unconfirmed_.end(), facts_.begin(), facts_.end());
  auto first = told_ + 1;
  told_ += facts_.size();
  caf::anon_send(gauge,
                 facts_told{first, {host.index(), std::exchange(facts_, {})}});
  return false; // the GAUGE runs elsewhere: nothing new to do here
}

void shard::facts_counted(std::uint64_t number) {
  while (!unconfirmed_.empty() && told_ - unconfirmed_.size() < number)
    unconfirmed_.pop_front();
}

void shard::gauge_is(caf::actor who) {
  gauge = std::move(who);
  if (waiting)
    waiting->state_again();
  if (unconfirmed_.empty())
    return;
  lifecycle_batch again{host.index(),
                        {unconfirmed_.begin(), unconfirmed_.end()}};
  auto first = told_ + 1 - unconfirmed_.size();
  caf::anon_send(gauge, facts_told{first, std::move(again)});
}

// Nobody departs because the server does: what was announced stays announced,
// and the next start says what became of it.
void shard::report(const channel_key& channel, channel_fact what) {
  if (!stopping && !apps[channel.app].webhooks.empty())
    reports.add(channel, std::move(what));
}

void shard::webhooks_is(caf::actor who) {
  reports.reader_is(std::move(who), streams.router(host.index()));
  directory.state_reports();
}

reactor_reading shard::reading() const {
  reactor_reading result;
  result.reactor = host.index();
  result.apps = totals;
  for (std::size_t i = 0; i < live.size(); ++i) {
    result.apps[i].open = live[i].size();
    result.apps[i].open_ns = live[i].open_ns(host.now());
    result.apps[i].unauthorized = unauthorized[i].size();
  }
  for (auto* server : http)
    result.pending += server->sessions();
  result.closing = closing.size();
  result.sockets = host.sockets();
  result.sockets_added = host.sockets_added();
  result.failures = host.failures();
  result.delivery = delivery;
  return result;
}

void shard::restarted(const char* what) {
  caf::anon_send(node, actor_restarted{what, host.index()});
}

// -- the end ------------------------------------------------------------------

std::vector<connection*> shard::connections() const {
  std::vector<connection*> all;
  for (auto* sets : {&live, &unauthorized})
    for (auto& set : *sets)
      all.insert(all.end(), set.entries().begin(), set.entries().end());
  return all;
}

void shard::drain(std::int64_t spread_ns) {
  draining = true;
  send_away(SIZE_MAX, spread_ns);
}

void shard::undrain() {
  draining = false;
  housekeeping_->farewells.clear();
}

void shard::send_away(std::size_t most, std::int64_t spread_ns) {
  std::vector<std::uint64_t> serials;
  for (auto* c : connections())
    serials.push_back(c->socket().serial);
  std::mt19937_64 random{std::random_device{}()};
  std::shuffle(serials.begin(), serials.end(), random);
  auto& plan = housekeeping_->farewells;
  plan.clear();
  auto count = static_cast<std::int64_t>(std::min(serials.size(), most));
  for (std::int64_t i = 0; i < count; ++i) {
    // Evenly spread, each with a jitter within its own interval.
    auto slot = spread_ns / count;
    auto jitter = slot > 0 ? static_cast<std::int64_t>(
                      random() % static_cast<std::uint64_t>(slot))
                           : 0;
    plan.emplace_back(host.now() + i * slot + jitter,
                      serials[static_cast<std::size_t>(i)]);
  }
  std::reverse(plan.begin(), plan.end());
}

void shard::housekeeping::drain_some(std::int64_t now) {
  std::vector<std::uint64_t> due;
  while (!farewells.empty() && farewells.back().first <= now) {
    due.push_back(farewells.back().second);
    farewells.pop_back();
  }
  if (due.empty())
    return;
  std::sort(due.begin(), due.end());
  for (auto* c : owner.connections())
    if (std::binary_search(due.begin(), due.end(), c->socket().serial))
      c->close(pusher::close_code::reconnect_now, close_reason::drain);
}

void shard::configure(app_table now, config::settings fresh) {
  apps = std::move(now);
  settings = std::move(fresh);
  live.resize(apps.size());
  unauthorized.resize(apps.size());
  totals.resize(apps.size());
  directory.apps_changed();
  auto& dismissed = housekeeping_->dismissed;
  dismissed.clear();
  for (app_index i = 0; i < live.size(); ++i)
    if (!apps[i].enabled && live[i].size() + unauthorized[i].size() > 0)
      dismissed.push_back(i);
}

// An app that is enabled again meanwhile keeps those who are still there.
void shard::housekeeping::dismiss_some() {
  auto left = dismissed_at_once;
  while (left > 0 && !dismissed.empty()) {
    auto app = dismissed.back();
    for (auto* sets : {&owner.live, &owner.unauthorized})
      for (auto& leaving = (*sets)[app].entries(); left > 0 && !leaving.empty();
           --left)
        leaving.back()->close(pusher::close_code::app_disabled,
                              close_reason::app_disabled);
    if (owner.live[app].size() + owner.unauthorized[app].size() == 0)
      dismissed.pop_back();
  }
}

void shard::housekeeping::count_busy() {
  auto count = owner.closing.size();
  for (auto& set : owner.live)
    count += set.size();
  for (auto& set : owner.unauthorized)
    count += set.size();
  owner.busy.store(count, std::memory_order_relaxed);
}

void shard::stop() {
  stopping = true;
  if (waiting)
    waiting->clear();
  auto all = connections();
  all.insert(all.end(), closing.begin(), closing.end());
  for (auto* c : all)
    c->cleanup(caf::make_error(caf::exit_reason::user_shutdown), &host);
  directory.stop();
}

} // namespace tidewire
