// rebalance: fills up a node that came back.
#include "actors/commands/clusters.hpp"
#include "actors/commands/table.hpp"
#include "actors/gauge_cluster.hpp"
#include "actors/shard.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace tidewire::commands {

namespace {

using cluster::life;

// One round: whoever has more to send than fits into it sends the rest when he
// is asked again.
constexpr std::uint32_t round_s = 60;

struct plan {
  life whom;
  std::vector<cluster::node_load> loads;
  std::vector<cluster::sending> sends;
  cluster_standing now;
  std::uint32_t per_second = 1;

  std::chrono::nanoseconds within(const cluster::sending& x) const {
    return std::chrono::nanoseconds{std::chrono::seconds{
        std::max<std::uint64_t>(x.connections / per_second, 1)}};
  }
};

answer answer_of(const plan& x, const std::vector<order_reply>& replies) {
  answer out;
  listing rows{"nodes",
               {{"node"},
                {"connections", unit::count},
                {"takes", unit::yes_no, "takes clients"},
                {"sends", unit::count},
                {"within_seconds", unit::seconds, "within"}},
               {}};
  for (auto& each : x.loads) {
    auto its = std::find_if(x.sends.begin(), x.sends.end(),
                            [&](auto& y) { return y.who == each.who; });
    auto sends = its != x.sends.end();
    rows.rows.push_back(
        {each.who.node, whole(each.connections), each.takes,
         whole(sends ? its->connections : 0),
         sends ? cell{std::chrono::duration<double>(x.within(*its)).count()}
               : cell{}});
  }
  out.sections.emplace_back(std::move(rows));
  witnesses all;
  for (auto& reply : replies) {
    auto& name = reply.who.node;
    all.asked.push_back(name);
    if (reply.answered)
      all.answered.push_back(name);
    else
      out.notes.push_back("Node " + name
                          + " has not answered within two "
                            "seconds; it may send them all the "
                            "same.");
    if (reply.answered && !reply.said.done) {
      all.sure = false;
      out.notes.push_back("Node " + name + ": " + reply.said.sentence);
    }
  }
  if (replies.empty())
    out.notes.push_back("Nothing is to be moved: node " + x.whom.node
                        + " is not below the mean by more than "
                          "drain.rebalance_tolerance, and 50 connections.");
  else
    out.notes.push_back(
        "The load balancer decides where they come back: leastconn brings them "
        "to node "
        + x.whom.node + ". Ask again when it is over, until nothing is moved.");
  all.sure = add_doubts(x.now, out) && all.sure;
  add_witnesses(all, out);
  return out;
}

void carry_out(const request& who, plan what) {
  std::vector<node_order> orders;
  for (auto& each : what.sends)
    orders.push_back({each.who,
                      {0, cluster::order_verb::send_away, each.connections,
                       what.within(each).count()}});
  give(who, std::move(orders),
       [what = std::move(what)](const request& same, const auto& replies) {
         same.reply(answer_of(what, replies));
       });
}

void make_plan(const request& who, const cluster_standing& now,
               const life& whom, const cluster::rebalance_settings& how) {
  caf::anon_send(
      who.at().shards.front()->gauge,
      read_loads{[who, now, whom, how](std::vector<cluster::node_load> loads) {
        for (auto& each : loads) {
          auto at = cluster::index_of(*now.view, each.who);
          each.takes =
              at != cluster::no_member && !now.view->members[at].draining;
        }
        plan what{whom, loads, {}, now, how.per_second};
        what.sends = cluster::plan_rebalance(loads, how, round_s, whom);
        carry_out(who, std::move(what));
      }});
}

void answer_rebalance(const request& who) {
  auto& drain = who.settings().drain;
  cluster::rebalance_settings how;
  how.per_second = drain.rebalance_per_second;
  how.tolerance_percent = drain.rebalance_tolerance;
  ask_cluster(who, [how](const request& same, const cluster_standing& now) {
    answer no;
    auto whom = named_life(now, same.arguments().text("node"), no);
    if (!whom) {
      same.reply(std::move(no));
      return;
    }
    auto at = cluster::index_of(*now.view, *whom);
    if (at == cluster::no_member)
      same.reply(refused(status::failed,
                         "Node " + whom->node
                             + " is not in the view of this node; `cluster` "
                               "says why."));
    else if (now.view->members[at].draining)
      same.reply(refused(status::failed,
                         "Node " + whom->node + " drains; undrain it first."));
    else
      make_plan(same, now, *whom, how);
  });
}

} // namespace

command rebalance_command() {
  return {"rebalance",
          role::operate,
          "Fills up a node that came back, with clients of the others.",
          "If it is below the mean by more than drain.rebalance_tolerance, "
          "nodes above the mean send away as many clients as it lacks, with "
          "4200 (reconnect now): at most "
          "drain.rebalance_per_second each, in no order, for at most a minute. "
          "A load balancer with leastconn brings them to the node that has the "
          "fewest.",
          {{.name = "node",
            .is = kind::text,
            .sentence = "the node to fill up, by name or incarnation",
            .positional = true,
            .required = true}},
          {"rebalance berlin-2"},
          answer_rebalance};
}

} // namespace tidewire::commands
