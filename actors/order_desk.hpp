// What is asked of other nodes on behalf of an operator, until they answer.
#pragma once

#include "actors/state/cluster/orders.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace tidewire {

/// One node's answer to one order, or that there was none.
struct order_reply {
  cluster::life who;
  bool answered = false;
  cluster::order_answer said = {};
};

/// An order for a node.
struct node_order {
  cluster::life who;
  cluster::order what;
};

/// Sends orders and gathers the answers. Who has not answered within 2 s, has
/// not: then it may have done it all the same. Belongs to NODE, on whose thread
/// everything runs.
class order_desk {
public:
  using sender = std::function<void(const cluster::life&, std::string bytes)>;
  using then = std::function<void(std::vector<order_reply>)>;

  /// `send` puts an order on its way, to this node itself as to any other.
  explicit order_desk(sender send) : send_(std::move(send)) {}

  /// One reply for each, in the order in which they were given.
  void ask(std::vector<node_order> orders, std::int64_t now_ns, then what);

  void answered(const cluster::life& from, cluster::order_answer said);

  void tick(std::int64_t now_ns);

private:
  struct round {
    std::vector<order_reply> replies;
    std::size_t missing = 0;
    then what;
  };
  struct pending {
    std::shared_ptr<round> of;
    std::size_t place = 0;
    std::int64_t until_ns = 0;
  };

  void conclude(const pending& x);

  sender send_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, pending> pending_; // by number
};

} // namespace tidewire
