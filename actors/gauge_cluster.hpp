// What the GAUGE hears from NODE and LINK in a cluster, and how it answers.
#pragma once

#include "actors/rows_keeper.hpp"
#include "actors/state/cluster/cluster_time.hpp"
#include "actors/state/cluster/membership_effects.hpp"
#include "actors/state/cluster/rebalance.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewire {

/// To the GAUGE: a line to that life is up. In step with the records: it comes
/// before the first record of that line. From links' watcher.
struct peer_linked {
  cluster::life who;
};

/// To the GAUGE: it is down; its last record came before.
struct peer_unlinked {
  cluster::life who;
};

/// To the GAUGE: a record of kinds 64 to 95. From links' receiver.
struct row_record {
  cluster::life from;
  cluster::record_kind kind;
  std::string bytes;
};

/// To the GAUGE, from NODE: membership hears that life; before it is in a view.
struct life_heard {
  cluster::life who;
};

/// To the GAUGE, from NODE: that life is over, as somebody found then; it said
/// goodbye, is proved dead (design §5), or an operator gave it up.
struct life_over {
  cluster::life_ended end;
};

/// To the GAUGE, from NODE, about once a second: what it has learned of the
/// oldest member's time. The GAUGE has the clock and steers it by that.
struct cluster_time_is {
  std::shared_ptr<const cluster::cluster_time> now;
};

/// To the GAUGE: how many has each node that has not ended, by its last row?
/// `then` is called on its thread.
struct read_loads {
  std::function<void(std::vector<cluster::node_load>)> then;
};

/// LEDGER to GAUGE: for that life, or all; the GAUGE has the lines.
struct chain_record_out {
  std::optional<cluster::life> to;
  cluster::record_kind kind;
  std::string bytes;
};

/// LEDGER to GAUGE: rows of a life came with entries of its chain.
struct history_came {
  cluster::named_life whose;
  cluster::tick_run rows;
  std::optional<cluster::life_end> end;
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::peer_linked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::peer_unlinked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::row_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::life_heard)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::life_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::cluster_time_is)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::read_loads)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::chain_record_out)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::history_came)
