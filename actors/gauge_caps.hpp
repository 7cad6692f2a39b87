// What the GAUGE hears about caps in a cluster.
#pragma once

#include "actors/state/cluster/cap_records.hpp"
#include "actors/state/cluster/life.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <string>

namespace tidewire {

/// To the GAUGE: a record of kinds 160 to 167. From links' receiver.
struct cap_record_came {
  cluster::life from;
  cluster::record_kind kind;
  std::string bytes;
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::cap_record_came)
