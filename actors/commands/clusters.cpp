#include "actors/commands/clusters.hpp"

#include "actors/shard.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tidewire::commands {

namespace {

std::string with_commas(const std::vector<std::string>& names) {
  std::string out;
  for (auto& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

} // namespace

void ask_cluster(
    const request& who,
    std::function<void(const request&, const cluster_standing&)> then) {
  if (!who.settings().cluster.enabled) {
    who.reply(refused(status::failed,
                      "This node is in no cluster: [cluster] is not "
                      "configured (docs/clustering.md)."));
    return;
  }
  caf::anon_send(
      who.at().shards.front()->node,
      read_cluster{[who, next = std::move(then)](const cluster_standing& now) {
        next(who, now);
      }});
}

void give(const request& who, std::vector<node_order> orders,
          std::function<void(const request&, std::vector<order_reply>)> then) {
  caf::anon_send(who.at().shards.front()->node,
                 give_orders{std::move(orders),
                             [who, next = std::move(then)](auto replies) {
                               next(who, std::move(replies));
                             }});
}

std::string incarnation_of(const cluster::life& who) {
  return fmt::format("{:016x}", who.incarnation);
}

std::optional<cluster::life> named_life(const cluster_standing& now,
                                        const std::string& name, answer& no) {
  std::vector<cluster::life> found;
  auto look = [&](const cluster::life& who) {
    if (who.node == name || incarnation_of(who) == name)
      found.push_back(who);
  };
  look(now.me);
  for (auto& x : now.peers)
    look(x.who);
  if (found.size() == 1)
    return found.front();
  if (found.empty())
    no = refused(status::not_found, "There is no node \"" + name
                                        + "\" that is not over already; "
                                          "`nodes` lists them.");
  else
    no = refused(status::usage, "Several lives are called \"" + name
                                    + "\": name the incarnation instead.");
  return std::nullopt;
}

void add_witnesses(const witnesses& who, answer& to) {
  auto exact = who.sure && who.asked.size() == who.answered.size();
  if (!exact && to.status == status::ok)
    to.status = status::partial;
  to.sections.emplace_back(
      facts{"",
            {{"asked", unit::text, with_commas(who.asked)},
             {"answered", unit::text, with_commas(who.answered)},
             {"exact", unit::yes_no, exact}}});
}

bool add_doubts(const cluster_standing& now, answer& to) {
  auto sure = true;
  auto doubt = [&](std::string sentence) {
    sure = false;
    to.status = status::partial;
    to.notes.push_back(std::move(sentence));
  };
  for (auto& x : now.peers)
    if (x.state == cluster::peer_state::lost
        || x.state == cluster::peer_state::suspect)
      doubt("Node " + x.who.node
            + " is not heard: what concerns it may be out of date.");
  if (now.stands == cluster::standing::left_out)
    doubt("This node is in no view with the others; they may know better.");
  if (now.told_ended)
    doubt("The others hold this node's life to be over: it ends, and has to be "
          "started anew.");
  return sure;
}

void add_hearsay(const cluster_standing& now, answer& to) {
  witnesses all{{now.me.node}, {now.me.node}};
  for (auto& x : now.peers) {
    all.asked.push_back(x.who.node);
    if (x.state == cluster::peer_state::alive)
      all.answered.push_back(x.who.node);
  }
  all.sure = add_doubts(now, to);
  add_witnesses(all, to);
}

} // namespace tidewire::commands
