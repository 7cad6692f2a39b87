// What NODE takes in a cluster, beside what LINKs tell it (link_messages.hpp).
#pragma once

#include "actors/member_keeper.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <string>

namespace tidewire {

/// The links stand ready: from now on these are told, and time passes.
struct begin_cluster {
  member_keeper::listeners who;
};

/// A record of the view (kinds 1 to 31) came from that life.
struct member_record {
  cluster::life from;
  cluster::record_kind kind;
  std::string bytes;
};

/// From the GAUGE, after each tick: what its clock shows, which everything of
/// the meter goes by.
struct clock_told {
  meter::cluster_clock now;
};

/// How do the nodes stand to each other? `then` is called on NODE's thread.
struct read_cluster {
  std::function<void(const cluster_standing&)> then;
};

/// An operator gives up a life that nobody hears. `then` as above.
struct forget_node {
  cluster::life who;
  std::function<void(cluster::forget_answer)> then;
};

/// This node is about to end: it owns nothing from now on.
struct prepare_to_leave_now {};

/// Orders for nodes, this one perhaps among them. `then` as above, with a reply
/// for each.
struct give_orders {
  std::vector<node_order> orders;
  order_desk::then then;
};

/// An order that came from that node has been obeyed, or refused.
struct order_obeyed {
  cluster::life from;
  cluster::order_answer said;
};

/// This node says goodbye to the others. Answered with `true`.
struct leave_cluster {};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::begin_cluster)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::member_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::clock_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::read_cluster)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::forget_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::prepare_to_leave_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::give_orders)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::order_obeyed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::leave_cluster)
