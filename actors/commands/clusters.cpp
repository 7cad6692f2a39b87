#include "actors/commands/clusters.hpp"

#include "actors/shard.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

namespace tidewire::commands {

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

std::string incarnation_of(const cluster::life& who) {
  return fmt::format("{:016x}", who.incarnation);
}

void add_doubts(const cluster_standing& now, answer& to) {
  auto doubt = [&](std::string sentence) {
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
    doubt("The others hold this node's life to be over: restart it.");
}

} // namespace tidewire::commands
