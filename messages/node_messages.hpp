// Messages between NODE, GAUGE and the actors of the reactors. They stay
// inside the process, so CAF need not know how to serialise them.
#pragma once

#include "messages/channel_records.hpp"
#include "messages/channel_reports.hpp"
#include "messages/lifecycle.hpp"
#include "messages/reading.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <string>
#include <vector>

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

/// To a ROUTER: state your reactor's reading in your first turn at or after
/// that time, before anything else is handled. Not answered if it comes when
/// the time is over.
struct freeze_at {
  std::uint64_t round;
  std::int64_t at_ns; ///< of the steady clock; 0 = at once
};

/// To the GAUGE: the answer.
struct frozen {
  std::uint64_t round;
  reactor_reading reading;
};

/// To the GAUGE: state the last tick, and let the LEDGER say goodbye. Answered
/// with `true` if both are on disk.
struct state_last {};

/// To the GAUGE: from now on this LEDGER is told.
struct ledger_up {
  caf::actor ledger;
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

/// To WEBHOOKS: what the channels of a reactor reported, numbered from 1 in the
/// order in which that reactor tells it. Confirmed to its ROUTER. Behind
/// these, if `settled` is not 0, its channels go by that view; and when it is
/// told again, they have taken in what all edges have of it.
struct reports_told {
  std::uint32_t reactor;
  std::uint64_t number;
  report_list reports;
  std::uint64_t settled;
  caf::actor router;
};

/// To a ROUTER: the reports of its reactor up to that number are safe, and need
/// not be kept for a WEBHOOKS that takes over.
struct reports_taken {
  std::uint64_t number;
};

/// To a ROUTER, and to the GAUGE: from now on this WEBHOOKS is told; it knows
/// nothing but what was announced.
struct webhooks_up {
  caf::actor webhooks;
};

/// To the GAUGE: how webhooks fare now.
struct webhooks_counted {
  std::vector<webhook_figures> apps;
};

/// To WEBHOOKS: list the dead letters of an app, newest first.
struct list_dead_letters {
  std::string app;
  std::size_t limit;
};

/// To WEBHOOKS: try dead letters of an app again; one, or all if `id` is empty.
struct replay_dead_letters {
  std::string app;
  std::string id;
};

/// From WEBHOOKS: an answer in JSON and its HTTP status.
struct webhook_answer {
  unsigned status;
  std::string body;
};

/// Tests only: fail inside a handler.
struct fail_now {};

/// Tests only, to NODE, which alone knows it: let the LEDGER fail.
struct fail_ledger {};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::lifecycle_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::directory_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::directory_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::edge_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::take_reading)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::reading_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::freeze_at)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::frozen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::state_last)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::ledger_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::read_gauge)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::gauge_reading)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::actor_restarted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::gauge_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::routers_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::directory_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::reports_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::reports_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::webhooks_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::webhooks_counted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::list_dead_letters)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::replay_dead_letters)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::webhook_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::fail_ledger)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::fail_now)
