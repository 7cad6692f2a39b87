#include "actors/state/node_limits.hpp"

#include <algorithm>

namespace tidewire {

node_limits::~node_limits() {
  for (std::size_t i = 0; i < blocks; ++i)
    delete apps_[i].load();
}

node_limits::entry& node_limits::of(app_index app) {
  // More apps than that share entries: their limits are then stricter.
  auto& home = apps_[app / per_block % blocks];
  auto* here = home.load(std::memory_order_acquire);
  if (!here) {
    auto fresh = std::make_unique<block>();
    if (home.compare_exchange_strong(here, fresh.get()))
      here = fresh.release();
  }
  return (*here)[app % per_block];
}

bool node_limits::take(counter& from, std::uint32_t limit) noexcept {
  if (limit == 0) {
    from.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  // Not added first and looked at after: then one that is refused could take
  // the place of another for a moment.
  auto taken = from.load(std::memory_order_relaxed);
  while (taken < limit)
    if (from.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed))
      return true;
  return false;
}

bool node_limits::take_one(counter& from) noexcept {
  auto left = from.load(std::memory_order_relaxed);
  while (left > 0)
    if (from.compare_exchange_weak(left, left - 1, std::memory_order_relaxed))
      return true;
  return false;
}

// Permits count even if the app's limit is not known to this reactor yet, and
// the other way round: then there are none.
bool node_limits::take(shares& from,
                       std::uint32_t max_connections) const noexcept {
  if (max_connections == 0 && !by_permits_) {
    from.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  auto taken = from.load(std::memory_order_relaxed);
  for (;;) {
    auto permits = permits_of(taken);
    auto limited = max_connections != 0 || permits != no_permits;
    auto limit = max_connections;
    if (permits != no_permits)
      limit = limit == 0 ? permits : std::min(limit, permits);
    else if (by_permits_)
      limit = 0;
    if (limited && used_of(taken) >= limit)
      return false;
    if (from.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed))
      return true;
  }
}

std::variant<permit, refuse_reason>
node_limits::admit(const newcomer& who, const config::app& app,
                   const config::limit_settings& all, std::int64_t now_ns) {
  permit held;
  auto passed = false;
  if (ruling(who.app).newcomers != 0) {
    passed = take_one(of(who.app).passes);
    if (!passed)
      return refuse_reason::tier_cap;
  }
  auto give_back_pass = [&] {
    if (passed)
      of(who.app).passes.fetch_add(1, std::memory_order_relaxed);
  };
  if (!take(admitted_, all.max_connections)) {
    give_back_pass();
    return refuse_reason::node_full;
  }
  auto refuse = [&](refuse_reason why) {
    give_back_pass();
    leave(who.app, held);
    return why;
  };
  if (who.address && all.connections_per_address != 0) {
    auto place = addresses_.enter(*who.address, all.connections_per_address);
    if (!place)
      return refuse(refuse_reason::address_full);
    held.address = *place;
  }
  if (auto why = take_share(who, app.max_connections, held))
    return refuse(*why);
  if (app.connections_per_second != 0 || all.connections_per_second != 0) {
    // Who has lost its node goes first: others leave it half of the rate.
    auto waits =
        moving_.load(std::memory_order_relaxed) > 0 && !moving(who.app);
    if (auto over = spend(of(who.app).opens, app.connections_per_second, opens_,
                          all.connections_per_second, 1, now_ns,
                          waits ? all.connections_per_second / 2 : 0))
      return refuse(over->of_node ? refuse_reason::node_rate
                                  : refuse_reason::app_rate);
  }
  return held;
}

// Nobody waits for a place in an app that has none, and no more wait than could
// ever be let in: whoever is authorized would find it full.
std::optional<refuse_reason>
node_limits::take_share(const newcomer& who, std::uint32_t max_connections,
                        permit& held) {
  auto& app = of(who.app);
  if (who.counts) {
    if (!take(app.connections, max_connections))
      return refuse_reason::app_full;
    held.of_app = permit::share::counted;
    return std::nullopt;
  }
  if (max_connections != 0
      && used_of(app.connections.load(std::memory_order_relaxed))
             >= max_connections)
    return refuse_reason::app_full;
  if (!take(app.pending, max_connections))
    return refuse_reason::app_pending;
  held.of_app = permit::share::pending;
  return std::nullopt;
}

std::optional<refuse_reason>
node_limits::count(app_index app, std::uint32_t max_connections, permit& held) {
  auto& counts = of(app);
  auto passed = false;
  if (ruling(app).newcomers != 0) {
    passed = take_one(counts.passes);
    if (!passed)
      return refuse_reason::tier_cap;
  }
  if (!take(counts.connections, max_connections)) {
    if (passed)
      counts.passes.fetch_add(1, std::memory_order_relaxed);
    return refuse_reason::app_full;
  }
  counts.pending.fetch_sub(1, std::memory_order_relaxed);
  held.of_app = permit::share::counted;
  return std::nullopt;
}

// -- in a cluster -------------------------------------------------------------

std::uint32_t node_limits::hold(app_index app, std::uint32_t permits) {
  auto& counts = of(app).connections;
  auto before = counts.load(std::memory_order_relaxed);
  for (;;) {
    auto used = used_of(before);
    auto now = std::min(std::max(permits, used), no_permits - 1);
    if (counts.compare_exchange_weak(before, std::uint64_t{now} << 32u | used,
                                     std::memory_order_relaxed))
      return now;
  }
}

void node_limits::lift(app_index app) {
  of(app).connections.fetch_or(std::uint64_t{no_permits} << 32u,
                               std::memory_order_relaxed);
}

std::optional<std::uint32_t> node_limits::held(app_index app) const noexcept {
  auto* here = find(app);
  auto permits = here ? permits_of(here->connections.load()) : no_permits;
  if (permits == no_permits)
    return std::nullopt;
  return permits;
}

void node_limits::on_the_way(app_index app, bool moving, std::uint32_t share) {
  auto& here = of(app);
  here.passes.store(moving ? share : 0, std::memory_order_relaxed);
  if (here.moving.exchange(moving, std::memory_order_relaxed) != moving)
    moving_.fetch_add(moving ? 1u : ~0u, std::memory_order_relaxed);
}

bool node_limits::moving(app_index app) const noexcept {
  auto* here = find(app);
  return here && here->moving.load(std::memory_order_relaxed);
}

void node_limits::rule(app_index app, const meter::cap_verdict& what) {
  of(app).ruling.store(meter::pack(what), std::memory_order_relaxed);
}

meter::cap_verdict node_limits::ruling(app_index app) const noexcept {
  auto* known = find(app);
  return known ? meter::unpack(known->ruling.load(std::memory_order_relaxed))
               : meter::cap_verdict{};
}

void node_limits::leave(app_index app, const permit& held) noexcept {
  if (held.of_app != permit::share::none) { // so the entry exists
    auto& counts = of(app);
    if (held.of_app == permit::share::counted)
      counts.connections.fetch_sub(1, std::memory_order_relaxed);
    else
      counts.pending.fetch_sub(1, std::memory_order_relaxed);
  }
  if (held.address != 0)
    addresses_.leave(held.address);
  admitted_.fetch_sub(1, std::memory_order_relaxed);
}

std::optional<over_rate>
node_limits::spend(token_bucket& of_app, std::uint32_t app_rate,
                   token_bucket& of_node, std::uint32_t node_rate,
                   std::uint32_t cost, std::int64_t now_ns,
                   std::uint32_t reserve) {
  if (auto wait = of_app.take(now_ns, app_rate, cost))
    return over_rate{wait, app_rate, false};
  if (auto wait = of_node.take(now_ns, node_rate, cost, reserve)) {
    of_app.give_back(app_rate, cost);
    return over_rate{wait, node_rate, true};
  }
  return std::nullopt;
}

std::optional<over_rate> node_limits::publish(app_index at,
                                              const config::app& app,
                                              const config::limit_settings& all,
                                              std::uint32_t events,
                                              std::int64_t now_ns) {
  if (app.publishes_per_second == 0 && all.publishes_per_second == 0)
    return std::nullopt;
  return spend(of(at).publishes, app.publishes_per_second, publishes_,
               all.publishes_per_second, events, now_ns);
}

std::optional<over_rate> node_limits::read(app_index at, const config::app& app,
                                           const config::limit_settings& all,
                                           std::int64_t now_ns) {
  if (app.reads_per_second == 0 && all.reads_per_second == 0)
    return std::nullopt;
  return spend(of(at).reads, app.reads_per_second, reads_, all.reads_per_second,
               1, now_ns);
}

const node_limits::entry* node_limits::find(app_index app) const noexcept {
  auto* here = apps_[app / per_block % blocks].load(std::memory_order_acquire);
  return here ? &(*here)[app % per_block] : nullptr;
}

std::uint32_t node_limits::counted(app_index app) const noexcept {
  auto* here = find(app);
  return here ? used_of(here->connections.load()) : 0;
}

std::uint32_t node_limits::waiting(app_index app) const noexcept {
  auto* here = find(app);
  return here ? here->pending.load() : 0;
}

} // namespace tidewire
