// failovers: the accounts of nodes that died, and limits: who holds permits.
#include "actors/commands/clusters.hpp"
#include "actors/commands/table.hpp"
#include "actors/gauge_rights.hpp"
#include "actors/shard.hpp"

#include <caf/send.hpp>

namespace tidewire::commands {

namespace {

void ask_rights(const request& who,
                std::function<void(const request&, const rights_standing&,
                                   const cluster_standing&)>
                    then) {
  ask_cluster(who, [next = std::move(then)](const request& same,
                                            const cluster_standing& now) {
    caf::anon_send(same.at().shards.front()->gauge,
                   read_rights{[same, next, now](const rights_standing& x) {
                     next(same, x, now);
                   }});
  });
}

cell seconds_of(const std::optional<std::int64_t>& ns) {
  return ns ? cell{static_cast<double>(*ns / 1'000'000) / 1000.0} : cell{};
}

answer tell_failovers(const rights_standing& x, const cluster_standing& now) {
  answer out;
  listing rows{"failovers",
               {{"node"},
                {"incarnation"},
                {"app"},
                {"why"},
                {"opened", unit::time},
                {"open", unit::yes_no},
                {"lost", unit::count},
                {"identified", unit::count},
                {"attributed", unit::count},
                {"outstanding", unit::count},
                {"half_back", unit::seconds, "50 % back after"},
                {"most_back", unit::seconds, "90 %"},
                {"nearly_all_back", unit::seconds, "99 %"}},
               {}};
  for (auto& e : x.failovers)
    rows.rows.push_back({e.id.gone.node, incarnation_of(e.id.gone), e.id.app,
                         std::string{e.id.drained ? "drained" : "died"},
                         whole(e.opened / 1'000'000), e.open, whole(e.lost),
                         whole(e.identified), whole(e.attributed),
                         whole(e.outstanding()), seconds_of(e.half_ns),
                         seconds_of(e.most_ns), seconds_of(e.nearly_all_ns)});
  out.sections.push_back(std::move(rows));
  out.notes.emplace_back(
      "Attributed is an estimate: newcomers of whom nobody knew that they had "
      "been on the dead node, at most as many as the others have grown by.");
  add_doubts(now, out);
  return out;
}

answer tell_limits(const rights_standing& x, const cluster_standing& now) {
  answer out;
  listing rows{"limits",
               {{"app"},
                {"limit", unit::count},
                {"held", unit::count, "held here"},
                {"used", unit::count, "used here"},
                {"waiting", unit::count},
                {"owner"},
                {"out", unit::count, "out in all"},
                {"missing"}},
               {}};
  for (auto& e : x.limits) {
    std::string missing;
    for (auto& who : e.missing)
      missing += (missing.empty() ? "" : ", ") + who.node;
    rows.rows.push_back({e.app, whole(e.limit), whole(e.held), whole(e.used),
                         whole(e.waiting),
                         e.owner ? cell{e.owner->node} : cell{},
                         e.out ? whole(*e.out) : cell{}, std::move(missing)});
  }
  out.sections.push_back(std::move(rows));
  out.notes.emplace_back(
      "How many are out in all only the owner knows: ask it. Missing are nodes "
      "whose permits it does not know; until it does, it gives none away.");
  add_doubts(now, out);
  return out;
}

} // namespace

command failovers_command() {
  return {"failovers",
          role::read,
          "Tells how many connections dead nodes took with them, and how many "
          "are back.",
          "One line for each dead life and app. Identified are connections "
          "whose signed-in or presence user was connected to the dead node. "
          "An account closes when nobody is outstanding any more, or after ten "
          "minutes; who has not come by then is gone. All nodes keep all "
          "accounts.",
          {},
          {"failovers", "failovers --json"},
          [](const request& who) {
            ask_rights(who,
                       [](const request& same, const auto& x, const auto& now) {
                         same.reply(tell_failovers(x, now));
                       });
          }};
}

command limits_command() {
  return {"limits",
          role::read,
          "Tells how the hard limits of apps stand: who holds permits.",
          "Each connection of an app with max_connections holds a permit; a "
          "node asks the app's owner for more when it runs out. A node that "
          "is lost keeps those it had until it is back or proved dead, so "
          "that the limit is never exceeded.",
          {},
          {"limits", "limits --json"},
          [](const request& who) {
            ask_rights(who,
                       [](const request& same, const auto& x, const auto& now) {
                         same.reply(tell_limits(x, now));
                       });
          }};
}

} // namespace tidewire::commands
