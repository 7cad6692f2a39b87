// Carries records between reactors, of this node and of others: one message per
// turn and direction, a bounded number of them on the way.
#pragma once

#include "actors/state/cluster/courier_state.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace tidewire {

/// Where what one reactor says to one other node leaves; of one link to it.
class node_exit {
public:
  virtual ~node_exit() = default;

  /// Whether it takes more now; what it does not take waits.
  virtual bool has_room() = 0;

  virtual void send(cluster::channel_batch what) = 0;
};

/// The outgoing streams of one reactor, and the actors and links they lead to;
/// see `courier_state`. Runs on its reactor's thread.
class courier {
public:
  static constexpr std::size_t max_records =
      cluster::courier_state::max_records;
  static constexpr std::size_t max_bytes = cluster::courier_state::max_bytes;

  courier(std::uint32_t self, std::uint32_t reactors)
      : self_(self),
        streams_(self, reactors),
        directories_(reactors),
        routers_(reactors) {}

  void view_is(std::uint64_t hash) noexcept { streams_.view_is(hash); }

  /// From now on that node is reached this way: a new link.
  void node_is(node_number node, std::shared_ptr<node_exit> exit) {
    exits_[node] = std::move(exit);
    streams_.node_is(node);
  }

  void node_is_cut_off(node_number node) {
    exits_.erase(node);
    streams_.node_is_cut_off(node);
  }

  void node_is_there(node_number node) { streams_.node_is_there(node); }
  void node_is_gone(node_number node) { streams_.node_is_gone(node); }

  void directory_is(std::uint32_t reactor, caf::actor who) {
    directories_[reactor] = std::move(who);
  }

  /// `router` is that of an edge of this node.
  void edge_is(edge_id edge, caf::actor router) {
    if (streams_.edge_is(edge) && is_local(edge.at))
      routers_[edge.at] = std::move(router);
  }

  void to_directory(place where, directory_record record) {
    streams_.to_directory(where, std::move(record));
  }
  void to_edge(place where, edge_record record) {
    streams_.to_edge(where, std::move(record));
  }
  void published(const ticket& reply_to) { streams_.published(reply_to); }
  void taken(edge_id edge, std::uint64_t sequence) {
    streams_.taken(edge, sequence);
  }

  /// Whom of this node this reactor sends to; null where nobody has been named
  /// yet.
  const caf::actor& router(std::uint32_t reactor) const {
    return routers_[reactor];
  }
  const caf::actor& directory(std::uint32_t reactor) const {
    return directories_[reactor];
  }

  /// Sends what has gathered; true if there was anything for this node.
  bool flush();

private:
  std::uint32_t self_;
  cluster::courier_state streams_;
  std::vector<caf::actor> directories_;
  std::vector<caf::actor> routers_;
  std::map<node_number, std::shared_ptr<node_exit>> exits_;
};

} // namespace tidewire
