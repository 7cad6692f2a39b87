// The clock of the REGISTRY in a cluster.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

namespace tidewire {

/// To the REGISTRY, from NODE, ten times a second: what is late? It sets itself
/// no alarm: one that is pending when CAF's clock stops keeps its actor for
/// ever, and the end of the process waits for an actor with a thread of its
/// own.
struct registry_turn {};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::registry_turn)
