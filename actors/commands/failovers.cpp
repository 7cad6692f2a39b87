// failovers: the accounts of nodes that died, and limits: who holds permits.
#include "actors/commands/clusters.hpp"
#include "actors/commands/table.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tidewire::commands {

namespace {

// What each node says, as far as it does: this one first.
struct rights_heard {
  std::vector<std::pair<std::string, cluster::rights_told>> said;
  witnesses who;
  cluster_standing now;
};

void gather(const std::vector<order_reply>& replies, rights_heard& into) {
  for (auto& x : replies) {
    auto told = cluster::read_rights_told(x.said.bytes);
    if (!x.answered || !x.said.done || !told)
      continue;
    into.who.answered.push_back(x.who.node);
    into.said.emplace_back(x.who.node, std::move(*told));
  }
}

// Who is not linked cannot answer, and nobody waits for him.
void ask_rights(const request& who,
                std::function<void(const request&, rights_heard)> then) {
  ask_cluster(who, [next = std::move(then)](const request& same,
                                            const cluster_standing& now) {
    rights_heard heard;
    heard.now = now;
    std::vector<node_order> orders{{now.me, {}}};
    heard.who.asked.push_back(now.me.node);
    for (auto& x : now.peers) {
      heard.who.asked.push_back(x.who.node);
      if (x.linked)
        orders.push_back({x.who, {}});
    }
    give(same, std::move(orders),
         [next, so_far = std::move(heard)](const request& again,
                                           const auto& replies) {
           auto all = so_far;
           gather(replies, all);
           next(again, std::move(all));
         });
  });
}

cell seconds_of(const std::optional<std::int64_t>& ns) {
  if (!ns)
    return {};
  auto whole_ms = *ns / 1'000'000;
  return static_cast<double>(whole_ms) / 1000.0;
}

bool same(const cluster::episode_summary& a,
          const cluster::episode_summary& b) {
  return a.lost == b.lost && a.identified == b.identified
         && a.attributed == b.attributed && a.open == b.open;
}

// Accounts that anybody has; of those that several have, all have to say the
// same. What is long over only those remember who were there.
std::vector<cluster::episode_summary> merged(const rights_heard& x,
                                             bool& agreed) {
  std::vector<cluster::episode_summary> out;
  for (auto& [node, told] : x.said)
    for (auto& each : told.failovers) {
      auto known = std::find_if(out.begin(), out.end(),
                                [&](auto& y) { return y.id == each.id; });
      if (known == out.end())
        out.push_back(each);
      else
        agreed = agreed && same(*known, each);
    }
  std::sort(out.begin(), out.end(), [](auto& a, auto& b) {
    return std::tie(a.opened, a.id) < std::tie(b.opened, b.id);
  });
  return out;
}

void finish(const rights_heard& x, bool sure, answer& out) {
  auto all = x.who;
  all.sure = add_doubts(x.now, out) && sure;
  for (auto& name : all.asked)
    if (std::count(all.answered.begin(), all.answered.end(), name) == 0)
      out.notes.push_back("Node " + name + " has not answered.");
  add_witnesses(all, out);
}

answer tell_failovers(const rights_heard& x) {
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
  auto agreed = true;
  for (auto& e : merged(x, agreed))
    rows.rows.push_back({e.id.gone.node, incarnation_of(e.id.gone), e.id.app,
                         std::string{e.id.drained ? "drained" : "died"},
                         whole(e.opened / 1'000'000), e.open, whole(e.lost),
                         whole(e.identified), whole(e.attributed),
                         whole(e.outstanding()), seconds_of(e.half_ns),
                         seconds_of(e.most_ns), seconds_of(e.nearly_all_ns)});
  out.sections.emplace_back(std::move(rows));
  out.notes.emplace_back(
      "Attributed is an estimate: newcomers of whom nobody knew that they had "
      "been on the dead node, at most as many as the others have grown by.");
  if (!agreed)
    out.notes.emplace_back("The nodes do not all say the same yet; this is "
                           "what this one says. Ask again in a second.");
  finish(x, agreed, out);
  return out;
}

struct limit_sum {
  cluster::permit_standing of; // held, used and waiting by all
  bool owned = false;          // the owner has answered
};

std::map<std::string, limit_sum> sums_of(const rights_heard& x) {
  std::map<std::string, limit_sum> out;
  for (auto& [node, told] : x.said)
    for (auto& each : told.limits) {
      auto [at, is_new] = out.try_emplace(each.app, limit_sum{each});
      auto& sum = at->second;
      if (!is_new) {
        sum.of.held += each.held;
        sum.of.used += each.used;
        sum.of.waiting += each.waiting;
      }
      if (!each.mine)
        continue;
      sum.owned = true;
      sum.of.owner = each.owner;
      sum.of.out = each.out;
      sum.of.missing = each.missing;
    }
  return out;
}

listing holders_of(const rights_heard& x) {
  listing out{"holders",
              {{"app"},
               {"node"},
               {"held", unit::count},
               {"used", unit::count},
               {"waiting", unit::count}},
              {},
              "Who holds them"};
  for (auto& [node, told] : x.said)
    for (auto& each : told.limits)
      out.rows.push_back({each.app, node, whole(each.held), whole(each.used),
                          whole(each.waiting)});
  std::stable_sort(out.rows.begin(), out.rows.end(),
                   [](auto& a, auto& b) { return a[0] < b[0]; });
  return out;
}

answer tell_limits(const rights_heard& x) {
  answer out;
  listing rows{"limits",
               {{"app"},
                {"limit", unit::count},
                {"held", unit::count},
                {"used", unit::count},
                {"waiting", unit::count},
                {"owner"},
                {"out", unit::count, "given out"},
                {"missing"}},
               {}};
  auto known = true;
  auto held_back = false;
  for (auto& [app, sum] : sums_of(x)) {
    auto& e = sum.of;
    held_back = held_back || (sum.owned && !e.out && e.missing.empty());
    std::string missing;
    for (auto& who : e.missing)
      missing += (missing.empty() ? "" : ", ") + who.node;
    auto told = sum.owned && e.out;
    known = known && told;
    rows.rows.push_back({app, whole(e.limit), whole(e.held), whole(e.used),
                         whole(e.waiting),
                         e.owner ? cell{e.owner->node} : cell{},
                         told ? whole(*e.out) : cell{}, std::move(missing)});
  }
  out.sections.emplace_back(std::move(rows));
  out.sections.emplace_back(holders_of(x));
  out.notes.emplace_back(
      "Held and used are sums of what the nodes say that have answered. How "
      "many are given out the app's owner knows. Missing are nodes whose "
      "permits it does not know; until it does, it gives none away.");
  if (held_back)
    out.notes.emplace_back(
        "An owner gives no permits away: it hears fewer than half of the "
        "nodes, or nobody knows yet who there is, because an address of "
        "cluster.peers has never answered: tidewire ctl cluster tells which. "
        "Start that node, or take the address out.");
  finish(x, known, out);
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
          "accounts and all are asked: exact means that all have answered and "
          "say the same.",
          {},
          {"failovers", "failovers --json"},
          [](const request& who) {
            ask_rights(who, [](const request& same, const rights_heard& x) {
              same.reply(tell_failovers(x));
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
            ask_rights(who, [](const request& same, const rights_heard& x) {
              same.reply(tell_limits(x));
            });
          }};
}

} // namespace tidewire::commands
