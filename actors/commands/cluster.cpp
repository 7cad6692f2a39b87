// cluster: the view, and who was refused.
#include "actors/commands/clusters.hpp"
#include "actors/commands/table.hpp"

#include <fmt/format.h>

namespace tidewire::commands {

namespace {

listing members_of(const cluster_standing& now) {
  listing out{"view",
              {{"node"},
               {"incarnation"},
               {"stay", unit::number},
               {"reactors", unit::count},
               {"draining", unit::yes_no},
               {"since", unit::time}},
              {},
              "View, oldest first"};
  for (auto& x : now.view->members)
    out.rows.push_back({x.who.node, incarnation_of(x.who), whole(x.stay),
                        whole(x.reactors), x.draining,
                        x.age > 0 ? whole(x.age / 1'000'000) : cell{}});
  return out;
}

answer answer_of(const std::string& name, const cluster_standing& now) {
  answer out;
  auto heard = std::size_t{1};
  for (auto& x : now.peers)
    heard += x.state == cluster::peer_state::alive ? 1 : 0;
  out.sections.emplace_back(
      facts{"",
            {{"cluster", unit::text, name},
             {"standing", unit::text, std::string{word(now.stands)}},
             {"view_hash", unit::text, fmt::format("{:016x}", now.view->hash),
              "view"},
             {"members", unit::count, whole(now.view->members.size())},
             {"known_nodes", unit::count, whole(now.peers.size() + 1)},
             {"heard_nodes", unit::count, whole(heard), "of these heard"},
             {"time_offset_ms", unit::number,
              now.time.known ? whole(now.time.offset_ns / 1'000'000) : cell{},
              "cluster time off by, ms"},
             {"time_error_ms", unit::number,
              now.time.known ? whole(now.time.bound_ns / 1'000'000) : cell{},
              "right to within, ms"}}});
  out.sections.emplace_back(members_of(now));
  if (!now.hindrances.empty()) {
    listing why{"hindrances",
                {{"member"},
                 {"hears_us", unit::yes_no, "hears this node"},
                 {"heard_by_us", unit::yes_no, "heard by this node"}},
                {},
                "Why this node is not in it"};
    for (auto& x : now.hindrances)
      why.rows.push_back({x.member.node, x.hears_it, x.heard});
    out.sections.emplace_back(std::move(why));
  }
  if (!now.dials.empty()) {
    listing failing{"not_linked",
                    {{"address"}, {"since", unit::time}, {"sentence"}},
                    {},
                    "Addresses that cannot be linked"};
    for (auto& x : now.dials)
      failing.rows.push_back({x.address, x.since_ms, x.sentence});
    out.sections.emplace_back(std::move(failing));
  }
  if (!now.turned_away.empty()) {
    listing away{
        "refused",
        {{"at", unit::time}, {"from"}, {"node"}, {"reason"}, {"sentence"}},
        {},
        "Refused here"};
    for (auto& x : now.turned_away)
      away.rows.push_back({x.at_ms, x.from, x.node, x.code, x.sentence});
    out.sections.emplace_back(std::move(away));
  }
  add_hearsay(now, out);
  return out;
}

void answer_cluster(const request& who) {
  ask_cluster(who, [name = who.settings().cluster.name](
                       const request& same, const cluster_standing& now) {
    same.reply(answer_of(name, now));
  });
}

} // namespace

command cluster_command() {
  return {"cluster",
          role::read,
          "Tells how this node stands to the cluster: the view, and refusals.",
          "The view decides which node owns a channel; all members hold the "
          "same one. A node that hears the others, or is heard by them, only "
          "in part is left out and serves its own clients as a cluster of one. "
          "Refused are nodes that wanted to join here, the last 50 of them, "
          "with what to do about it.",
          {},
          {"cluster", "cluster --json"},
          answer_cluster};
}

} // namespace tidewire::commands
