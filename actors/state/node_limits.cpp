#include "actors/state/node_limits.hpp"

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

std::variant<permit, refuse_reason>
node_limits::admit(const newcomer& who, const config::app& app,
                   const config::limit_settings& all, std::int64_t now_ns) {
  permit held;
  if (ruling(who.app).newcomers != 0)
    return refuse_reason::tier_cap;
  if (!take(admitted_, all.max_connections))
    return refuse_reason::node_full;
  auto refuse = [&](refuse_reason why) {
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
  if (app.connections_per_second != 0 || all.connections_per_second != 0)
    if (auto over = spend(of(who.app).opens, app.connections_per_second, opens_,
                          all.connections_per_second, 1, now_ns))
      return refuse(over->of_node ? refuse_reason::node_rate
                                  : refuse_reason::app_rate);
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
      && app.connections.load(std::memory_order_relaxed) >= max_connections)
    return refuse_reason::app_full;
  if (!take(app.pending, max_connections))
    return refuse_reason::app_pending;
  held.of_app = permit::share::pending;
  return std::nullopt;
}

std::optional<refuse_reason>
node_limits::count(app_index app, std::uint32_t max_connections, permit& held) {
  if (ruling(app).newcomers != 0)
    return refuse_reason::tier_cap;
  auto& counts = of(app);
  if (!take(counts.connections, max_connections))
    return refuse_reason::app_full;
  counts.pending.fetch_sub(1, std::memory_order_relaxed);
  held.of_app = permit::share::counted;
  return std::nullopt;
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
    auto& mine = held.of_app == permit::share::counted ? counts.connections
                                                       : counts.pending;
    mine.fetch_sub(1, std::memory_order_relaxed);
  }
  if (held.address != 0)
    addresses_.leave(held.address);
  admitted_.fetch_sub(1, std::memory_order_relaxed);
}

std::optional<over_rate>
node_limits::spend(token_bucket& of_app, std::uint32_t app_rate,
                   token_bucket& of_node, std::uint32_t node_rate,
                   std::uint32_t cost, std::int64_t now_ns) {
  if (auto wait = of_app.take(now_ns, app_rate, cost))
    return over_rate{wait, app_rate, false};
  if (auto wait = of_node.take(now_ns, node_rate, cost)) {
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
  return here ? here->connections.load() : 0;
}

std::uint32_t node_limits::waiting(app_index app) const noexcept {
  auto* here = find(app);
  return here ? here->pending.load() : 0;
}

} // namespace tidewire
