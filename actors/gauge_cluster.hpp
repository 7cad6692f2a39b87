// What the GAUGE hears from NODE and LINK in a cluster, and how it answers.
#pragma once

#include "actors/state/cluster/cluster_meter.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

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

/// To the GAUGE, from NODE: that life is proved dead (design §5), or an
/// operator said that it is gone.
struct life_over {
  cluster::life who;
  bool forgotten = false;
};

/// To the GAUGE, from NODE, about once a second: cluster time minus this
/// machine's clock (UTC), as slewed.
struct cluster_time_is {
  std::int64_t offset_ns;
};

/// How the GAUGE sends: to one life or, without one, to all that are linked.
/// Called on its thread; `links::send` and `links::send_all` are any thread's.
using row_sender =
    std::function<void(const std::optional<cluster::life>& to,
                       cluster::record_kind kind, std::string bytes)>;

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::peer_linked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::peer_unlinked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::row_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::life_heard)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::life_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::cluster_time_is)
