// nodes: who is in the cluster; and to give up one who is gone for good.
#include "actors/commands/clusters.hpp"
#include "actors/commands/table.hpp"
#include "actors/shard.hpp"

#include <caf/send.hpp>

namespace tidewire::commands {

namespace {

using cluster::life;

cell ms_of(std::optional<std::int64_t> ns) {
  return ns ? whole(*ns / 1'000'000) : cell{};
}

listing table_of(const cluster_standing& now) {
  listing out{"nodes",
              {{"node"},
               {"incarnation"},
               {"state"},
               {"in_view", unit::yes_no},
               {"draining", unit::yes_no},
               {"stay", unit::number},
               {"reactors", unit::count},
               {"address"},
               {"silent_ms", unit::count, "silent, ms"},
               {"round_trip_ms", unit::count, "round trip, ms"}},
              {}};
  auto add = [&](const life& who, std::string state, bool draining, cell stay,
                 cell reactors, std::string address, cell silent, cell trip) {
    auto in = cluster::index_of(*now.view, who) != cluster::no_member;
    out.rows.push_back({who.node, incarnation_of(who), std::move(state), in,
                        draining, std::move(stay), std::move(reactors),
                        std::move(address), std::move(silent),
                        std::move(trip)});
  };
  auto me = cluster::index_of(*now.view, now.me);
  add(now.me, "this one", now.draining, whole(now.stay),
      me == cluster::no_member ? cell{} : whole(now.view->members[me].reactors),
      now.address, whole(0), whole(0));
  for (auto& x : now.peers)
    add(x.who, std::string{word(x.state)}, x.row && x.row->draining,
        x.row ? whole(x.row->stay) : cell{},
        x.row ? whole(x.row->reactors) : cell{}, x.address, ms_of(x.silent_ns),
        ms_of(x.round_trip_ns));
  return out;
}

answer answer_of(const cluster_standing& now) {
  answer out;
  out.sections.emplace_back(table_of(now));
  listing gone{"ended",
               {{"node"},
                {"incarnation"},
                {"how"},
                {"found_at", unit::time, "found"},
                {"found_by", unit::text, "by"}},
               {},
               "Lives that are over"};
  for (auto& x : now.ended)
    gone.rows.push_back({x.who.node, incarnation_of(x.who),
                         std::string{word(x.how)}, whole(x.at / 1'000'000),
                         x.by});
  if (!gone.rows.empty())
    out.sections.emplace_back(std::move(gone));
  add_hearsay(now, out);
  return out;
}

void forget(const request& who, const std::string& name) {
  ask_cluster(who, [name](const request& same, const cluster_standing& now) {
    answer no;
    auto whom = named_life(now, name, no);
    if (!whom) {
      same.reply(std::move(no));
      return;
    }
    auto done = [same, whom = *whom](cluster::forget_answer what) {
      using enum cluster::forget_answer;
      if (what == alive)
        same.reply(refused(status::failed,
                           "Node " + whom.node
                               + " is alive: only a life that nobody hears "
                                 "can be given up."));
      else if (what == myself)
        same.reply(refused(status::failed, "That is this node itself."));
      else
        ask_cluster(same, [](const request& again, const auto& later) {
          again.reply(answer_of(later));
        });
    };
    caf::anon_send(same.at().shards.front()->node,
                   forget_node{*whom, std::move(done)});
  });
}

void answer_nodes(const request& who) {
  auto& given = who.arguments();
  if (!given.has("what")) {
    ask_cluster(who, [](const request& same, const cluster_standing& now) {
      same.reply(answer_of(now));
    });
  } else if (!given.has("node")) {
    who.reply(refused(status::usage, "Forget whom? nodes forget NODE"));
  } else {
    forget(who, given.text("node"));
  }
}

} // namespace

command nodes_command() {
  return {
      "nodes",
      role::read,
      "Lists the nodes of the cluster; gives up one that is gone for good.",
      "As this node hears them: alive, suspect (silent for cluster.suspect), "
      "lost (silent for cluster.lost, which proves nothing), or over. A lost "
      "node's connections keep the last minutes provisional and its permits "
      "out until it comes back, is proved dead, or is forgotten. Forget a "
      "node only if its process is gone for good: if it still serves clients "
      "somewhere, they are not counted any more.",
      {{.name = "what",
        .is = kind::word,
        .sentence = "give up the life of a node that nobody hears",
        .positional = true,
        .words = {"forget"},
        .operates = true},
       {.name = "node",
        .sentence = "forget: a node's name, or its incarnation",
        .positional = true}},
      {"nodes", "nodes forget berlin-3"},
      answer_nodes};
}

} // namespace tidewire::commands
