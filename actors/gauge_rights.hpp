// What the GAUGE is told and asked about rights: permits of hard limits, and
// the accounts of nodes that died.
#pragma once

#include "actors/state/cluster/rights_keeper.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tidewire {

/// To the GAUGE, from NODE: the view; and whether this node may begin the list
/// of those who hold permits (cluster/permit_roll.hpp).
struct view_seen {
  std::shared_ptr<const cluster::view> now;
  bool may_found;
};

/// To the GAUGE: a record of kinds 96 to 127. From links' receiver.
struct right_record_came {
  cluster::life from;
  cluster::record_kind kind;
  std::string bytes;
};

struct rights_standing {
  std::vector<cluster::permit_standing> limits;
  std::vector<cluster::episode_summary> failovers; ///< oldest first
};

/// To the GAUGE: how do limits and accounts stand? `then` is called on its
/// thread.
struct read_rights {
  std::function<void(const rights_standing&)> then;
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::view_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::right_record_came)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::read_rights)
