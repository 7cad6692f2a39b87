// What CAF is told by a node of a cluster.
#pragma once

#include <caf/actor_system_config.hpp>

#include <string>

namespace tidewire {

/// Loads CAF's middleman and says what may cross. Only with `[cluster]`: a
/// single node has no middleman, no thread of it and no port. Before the actor
/// system is made.
void load_middleman(caf::actor_system_config& config);

/// What CAF carries between two builds: nodes that differ in it cannot talk
/// and are refused (`net::cluster::hello::types`).
std::string carried_types();

} // namespace tidewire
