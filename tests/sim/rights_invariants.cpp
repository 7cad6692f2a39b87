// Invariants of rights: I5.
#include "actors/state/meter/journal.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <map>

namespace tidewire::sim {

namespace {

bool has_limit(const world& w) {
  auto about = w.what().about;
  return about == focus::permits || about == focus::everything;
}

} // namespace

void limit_is_kept(world& w) {
  auto open = w.record().open(limited_app);
  if (has_limit(w) && open > w.what().limit)
    w.fail("I5", "the limit is " + std::to_string(w.what().limit) + ", but "
                     + std::to_string(open) + " are open");
}

void limit_is_reached(world& w) {
  auto open = w.record().open(limited_app);
  auto most = std::min(w.what().limit, w.what().clients);
  if (!has_limit(w) || open == most || someone_stays_lost(w))
    return;
  std::string held;
  for (host h = 0; h < w.hosts(); ++h)
    if (w.running(h) != nobody)
      held += " " + host_name(h) + " "
              + std::to_string(w.node(w.running(h)).rights()->used()) + "/"
              + std::to_string(w.node(w.running(h)).rights()->held());
  w.fail("I5", "no node is lost, but only " + std::to_string(open) + " of "
                   + std::to_string(most) + " get in; used/held:" + held);
}

// -- accounts -----------------------------------------------------------------

namespace {

sim_rights* rights_of(world& w, process x) {
  return x == nobody || !has_limit(w) ? nullptr : w.node(x).rights();
}

std::uint32_t app_called(const std::string& id) {
  for (std::uint32_t a = 0; a < apps; ++a)
    if (id == app_names[a])
      return a;
  return all;
}

std::string text_of(const cluster::episode_summary& x) {
  return std::to_string(x.lost) + " lost, " + std::to_string(x.identified)
         + " identified, " + std::to_string(x.attributed) + " attributed";
}

// Up to when a dead process's word on its users has come to somebody who is
// there now. Who left it later than that unheard, because it was cut off, is
// taken for one of its clients: only it knew. It tells those in its view.
instant heard_until(world& w, process dead) {
  auto result = -never / 2;
  for (host h = 0; h < w.hosts(); ++h)
    if (auto by = w.running(h); by != nobody)
      result = std::max(result, w.told_until(dead, by));
  return result;
}

// Clients of the app that were on the process at its last proven tick or since,
// or as far as anybody can know, and came back anywhere after its death: at
// most, and of those whom it had when it died and had told others of before.
bounds returned(world& w, std::uint32_t app, process dead, instant proven) {
  auto heard = heard_until(w, dead);
  constexpr instant told_after = 3 * second;
  auto died = w.lives()[dead].ended;
  bounds result;
  for (auto& was : w.record().sockets()) {
    if (was.where != dead || was.app != app
        || was.closed < std::min(proven, heard))
      continue;
    for (auto& is : w.record().sockets())
      if (is.client == was.client && is.app == app && is.where != dead
          && is.opened > was.opened) {
        ++result.most;
        result.least += was.closed == died && was.opened + told_after < died;
        break;
      }
  }
  return result;
}

// When a process read a tick; nothing if it did not.
const world::reading* reading_at(const world& w, process who, meter::tick t) {
  for (auto& x : w.readings(who))
    if (x.of == t)
      return &x;
  return nullptr;
}

// The last row of a dead life that speaks of an app and is on the disk of
// somebody who is there.
meter::tick last_spoken_of(world& w, const cluster::life& dead,
                           const std::string& app) {
  meter::tick last{0};
  for (host h = 0; h < w.hosts(); ++h)
    if (auto by = w.running(h); by != nobody && !w.node(by).draining())
      for (auto& row : w.disk_of(h).book_of(dead).rows) {
        auto block = meter::decode_block(row.block);
        auto& says = std::get<meter::tick_block>(block);
        auto of_it = [&](auto& x) { return x.app.text == app; };
        if (says.restated
            || std::any_of(says.apps.begin(), says.apps.end(), of_it))
          last = std::max(last, row.at);
      }
  return last;
}

} // namespace

void accounts_agree(world& w) {
  if (someone_stays_lost(w))
    return;
  std::map<cluster::episode_id, std::pair<cluster::episode_summary, process>>
      said;
  for (host h = 0; h < w.hosts(); ++h) {
    auto* r = rights_of(w, w.running(h));
    if (!r)
      continue;
    for (auto& x : r->failovers()) {
      auto [at, is_new] = said.try_emplace(x.id, x, w.running(h));
      if (!is_new && text_of(at->second.first) != text_of(x))
        return w.fail(
            "E1", "of the clients of " + x.id.gone.node + " of app " + x.id.app
                      + ", " + process_name(w, w.running(h)) + " says: "
                      + text_of(x) + "; " + process_name(w, at->second.second)
                      + " says: " + text_of(at->second.first));
    }
  }
}

void accounts_are_true(world& w) {
  for (host h = 0; h < w.hosts(); ++h) {
    auto* r = rights_of(w, w.running(h));
    if (!r)
      continue;
    auto& node = w.node(w.running(h));
    for (auto& x : r->failovers()) {
      auto whose = node.process_of(x.id.gone);
      if (x.id.drained || whose == nobody || w.alive(whose))
        continue;
      auto app = app_called(x.id.app);
      auto* read = reading_at(w, whose, x.as_of);
      auto spoken = last_spoken_of(w, x.id.gone, x.id.app);
      if (!read || x.as_of < spoken)
        return w.fail("E2", process_name(w, w.running(h)) + " says of "
                                + process_name(w, whose) + " and app "
                                + x.id.app + " how many there were at tick "
                                + std::to_string(x.as_of.number - epoch_s)
                                + ", but there is a row of "
                                + std::to_string(spoken.number - epoch_s));
      auto back = returned(w, app, whose, read->at - second);
      auto most = back.most;
      auto sure = w.disturbed() || w.deaths() != 1 ? bounds{0, 0} : back;
      auto is = static_cast<std::int64_t>(x.identified);
      if (is > most
          || is < std::min(sure.least, static_cast<std::int64_t>(x.lost)))
        return w.fail("E2", "of the clients of " + process_name(w, whose)
                                + " of app " + x.id.app + " "
                                + std::to_string(most) + " came back, but "
                                + process_name(w, w.running(h))
                                + " says: " + text_of(x));
      auto had = w.record().within(app, whose, read->at - us, read->at + us);
      auto lost = static_cast<std::int64_t>(x.lost);
      if (read->stated <= read->at + us
          && (lost < had.least || lost > had.most))
        return w.fail(
            "E2", process_name(w, whose) + " had " + std::to_string(had.most)
                      + " of app " + x.id.app + " at its last proven tick, but "
                      + process_name(w, w.running(h)) + " says: " + text_of(x));
    }
  }
}

} // namespace tidewire::sim
