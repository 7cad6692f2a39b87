// Messages between NODE, GAUGE and the actors of the reactors. They stay
// inside the process, so CAF need not know how to serialise them.
#pragma once

#include "messages/channel_records.hpp"
#include "messages/lifecycle.hpp"
#include "messages/reading.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

namespace tidewire {

/// To a ROUTER: state your reactor's reading now.
struct take_reading {
  std::uint64_t round;
};

/// To the GAUGE: the answer.
struct reading_taken {
  std::uint64_t round;
  reactor_reading reading;
};

/// To the GAUGE: collect a reading of all reactors; answered with a
/// `gauge_reading`.
struct read_gauge {};

/// To NODE: an actor of a reactor ended and was replaced, or a channel was.
struct actor_restarted {
  std::string what;
  std::uint32_t reactor;
};

/// To a ROUTER: the DIRECTORY of that reactor was restarted.
struct directory_up {
  std::uint32_t reactor;
  caf::actor directory;
};

/// To a ROUTER: from now on this GAUGE is told.
struct gauge_up {
  caf::actor gauge;
};

/// To the GAUGE: whom to ask for readings, by reactor.
struct routers_up {
  std::vector<caf::actor> routers;
};

/// Tests only: fail inside a handler.
struct fail_now {};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::lifecycle_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::directory_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::directory_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::edge_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::take_reading)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::reading_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::read_gauge)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::gauge_reading)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::actor_restarted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::gauge_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::routers_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::directory_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::fail_now)
