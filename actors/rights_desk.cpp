#include "actors/rights_desk.hpp"

#include "actors/state/node_limits.hpp"

#include <map>
#include <utility>

namespace tidewire {

// -- the door -----------------------------------------------------------------

std::uint32_t limits_door::used(const std::string& app) {
  auto at = apps_.by_id(app);
  return at == no_app ? 0 : limits_.counted(at);
}

// Of an app that was deleted nobody comes in, whatever is held.
std::uint32_t limits_door::hold(const std::string& app, std::uint32_t permits) {
  auto at = apps_.by_id(app);
  return at == no_app ? permits : limits_.hold(at, permits);
}

void limits_door::lift(const std::string& app) {
  if (auto at = apps_.by_id(app); at != no_app)
    limits_.lift(at);
}

// -- what is told -------------------------------------------------------------

const std::string* rights_desk::id_of(app_index app) const {
  auto& apps = door_.apps();
  return app < apps.size() ? &apps[app].id : nullptr;
}

void rights_desk::apps_are(const app_table& apps) {
  door_.apps_are(apps);
  std::vector<cluster::app_right> rights;
  rights.reserve(apps.size());
  for (app_index i = 0; i < apps.size(); ++i)
    if (apps.by_id(apps[i].id) == i)
      rights.push_back({apps[i].id, apps[i].max_connections});
  keeper_.apps_are(rights);
}

void rights_desk::note(std::span<const lifecycle> facts,
                       const cluster::moment& now) {
  std::map<app_index, std::uint64_t> sent_away;
  for (auto& fact : facts) {
    auto* id = id_of(fact.app);
    if (!id)
      continue;
    if (fact.what == lifecycle::kind::opened) {
      auto at = now;
      at.steady_ns = fact.at_ns;
      at.cluster -= now.steady_ns - fact.at_ns;
      keeper_.opened(*id, door_.limits().counted(fact.app), at);
    } else if (fact.what == lifecycle::kind::closed) {
      keeper_.closed(*id);
      if (fact.reason == static_cast<std::uint8_t>(close_reason::drain))
        ++sent_away[fact.app];
    }
  }
  for (auto& [app, count] : sent_away)
    keeper_.sent_away(*id_of(app), count, now);
}

void rights_desk::note(const permits_wanted& x) {
  for (auto& each : x.apps)
    if (auto* id = id_of(each.app))
      keeper_.waiting(x.reactor, *id, each.waiting);
}

void rights_desk::note(const users_seen& x, const cluster::moment& now) {
  for (auto& each : x.facts) {
    auto* id = id_of(each.app);
    if (id && each.came)
      keeper_.user_came(*id, each.user, now.steady_ns - each.opened_ns, now);
    else if (id)
      keeper_.user_left(*id, each.user);
  }
}

// -- what is to be done -------------------------------------------------------

rights_desk::orders rights_desk::turn(const cluster::moment& now) {
  cluster::rights_effects effects;
  keeper_.turn(now, effects);
  orders out;
  out.send = std::move(effects.send);
  out.opened = std::move(effects.opened);
  out.closed = std::move(effects.closed);
  auto& apps = door_.apps();
  for (auto& each : effects.moving)
    if (auto at = apps.by_id(each.app); at != no_app)
      door_.limits().on_the_way(at, each.moving, each.share);
  for (auto& each : effects.more)
    if (auto at = apps.by_id(each); at != no_app)
      out.came.apps.push_back(at);
  for (auto& each : effects.refused)
    if (auto at = apps.by_id(each.app); at != no_app)
      out.refused.apps.push_back(
          {at, each.asked_before_ns,
           each.verdict == cluster::permit_verdict::full});
  return out;
}

} // namespace tidewire
