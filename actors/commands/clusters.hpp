// What commands about the cluster have in common.
#pragma once

#include "actors/commands/request.hpp"
#include "actors/node_messages.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tidewire::commands {

/// Asks NODE; without a cluster the answer says so. `then` runs on NODE's
/// thread.
void ask_cluster(
    const request& who,
    std::function<void(const request&, const cluster_standing&)> then);

/// Has nodes do or tell something; a reply for each, on NODE's thread.
void give(const request& who, std::vector<node_order> orders,
          std::function<void(const request&, std::vector<order_reply>)> then);

/// Sixteen hexadecimal digits.
std::string incarnation_of(const cluster::life& who);

/// The one life that is not over and has that name or incarnation, this node
/// among them; else nothing, and `no` says why.
std::optional<cluster::life> named_life(const cluster_standing& now,
                                        const std::string& name, answer& no);

/// Who was asked for an answer about the cluster, and who answered.
struct witnesses {
  std::vector<std::string> asked, answered;
  /// Nothing is doubtful beside that.
  bool sure = true;
};

/// Says so in the answer, and whether it is exact; if not, it is `partial`.
void add_witnesses(const witnesses& who, answer& to);

/// Notes, and status `partial`, where not everybody is heard: what is said of
/// the cluster then is what this node knows. True if there were none.
bool add_doubts(const cluster_standing& now, answer& to);

/// Both, for what follows from heartbeats: those are asked who are known, and
/// have answered who are heard.
void add_hearsay(const cluster_standing& now, answer& to);

} // namespace tidewire::commands
