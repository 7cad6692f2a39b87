// Between the doors of the reactors and the GAUGE, in a cluster: who waits for
// a permit, and whose connections those are that are open.
#pragma once

#include "messages/ids.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <vector>

namespace tidewire {

/// To the GAUGE, once per turn: so many of these apps wait on a reactor now.
struct permits_wanted {
  struct want {
    app_index app;
    std::uint32_t waiting;
  };
  std::uint32_t reactor;
  std::vector<want> apps;
};

/// To a ROUTER: of these apps the node holds more permits than before.
struct permits_came {
  std::vector<app_index> apps;
};

/// To a ROUTER: whoever has waited since before that time is sent away.
struct permits_refused {
  struct refusal {
    app_index app;
    std::int64_t asked_before_ns;
    bool full; ///< for certain; else nobody can say, and they may come back
  };
  std::vector<refusal> apps;
};

/// To the GAUGE, once per turn: the users of connections, when they become
/// known and when such a connection closes.
struct users_seen {
  struct fact {
    app_index app;
    bool came;
    std::uint64_t user;     ///< cluster::user_key
    std::int64_t opened_ns; ///< when its connection was accepted, steady
  };
  std::uint32_t reactor;
  std::vector<fact> facts;
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::permits_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::permits_came)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::permits_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::users_seen)
