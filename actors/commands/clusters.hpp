// What commands about the cluster have in common.
#pragma once

#include "actors/commands/request.hpp"
#include "actors/node_messages.hpp"

#include <functional>
#include <string>

namespace tidewire::commands {

/// Asks NODE; without a cluster the answer says so. `then` runs on NODE's
/// thread.
void ask_cluster(
    const request& who,
    std::function<void(const request&, const cluster_standing&)> then);

/// Sixteen hexadecimal digits.
std::string incarnation_of(const cluster::life& who);

/// Notes, and status `partial`, where not everybody is heard: what is said of
/// the cluster then is what this node knows.
void add_doubts(const cluster_standing& now, answer& to);

} // namespace tidewire::commands
