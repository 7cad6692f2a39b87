// Carries records between reactors, of this node and of others: one message per
// turn and direction, a bounded number of them on the way.
#pragma once

#include "actors/state/cluster/channel_batch.hpp"
#include "messages/channel_records.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
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

/// The outgoing streams of one reactor. At most `max_records` records or
/// `max_bytes` of events stand untaken at an edge; more wait here, and with
/// them the answers of their publishers, so that a slow reactor slows
/// publishers instead of filling memory. What goes to another node in a turn
/// leaves as one batch for all its reactors. Runs on its reactor's thread.
class courier {
public:
  static constexpr std::size_t max_records = 1024;
  static constexpr std::size_t max_bytes = std::size_t{1024} * 1024;

  courier(std::uint32_t self, std::uint32_t reactors)
      : self_(self), directories_(reactors), edges_(reactors) {}

  /// What is sent from now on was decided by this view.
  void view_is(std::uint64_t hash) noexcept { view_ = hash; }

  /// From now on that node is reached this way: a new link. What was under way
  /// may be lost; its edges will introduce themselves anew.
  void node_is(node_number node, std::shared_ptr<node_exit> exit);

  /// There is no way to it now; what is said to it waits.
  void node_is_cut_off(node_number node);

  /// It is not in the view any more: nobody waits for what its edges take.
  void node_is_gone(node_number node);

  void directory_is(std::uint32_t reactor, caf::actor who) {
    directories_[reactor].who = std::move(who);
  }

  /// A new edge: what the old one did not take is lost, and whoever waited for
  /// it is told that the event may not have reached everybody. Naming the same
  /// edge again changes nothing.
  void edge_is(edge_id edge, caf::actor router);

  void to_directory(place where, directory_record record) {
    if (is_local(where))
      directories_[where].records.push_back(std::move(record));
    else
      to_far_directory(where, std::move(record));
  }

  void to_edge(place where, edge_record record);

  /// The events put in since the last call are behind `reply_to`; it is
  /// answered when they have been taken.
  void published(const ticket& reply_to);

  void taken(edge_id edge, std::uint64_t sequence);

  /// Whom of this node this reactor sends to; null where nobody has been named
  /// yet.
  const caf::actor& router(std::uint32_t reactor) const {
    return edges_[reactor].router;
  }
  const caf::actor& directory(std::uint32_t reactor) const {
    return directories_[reactor].who;
  }

  /// Sends what has gathered; true if there was anything for this node.
  bool flush();

private:
  struct directory_stream {
    caf::actor who;
    std::vector<directory_record> records;
  };

  struct awaited {
    std::uint64_t sequence;
    std::uint64_t publish; // in waiting_publishes_
  };

  struct edge_stream {
    bool named = false;
    caf::actor router; // of this node only
    edge_id edge;
    std::uint64_t next = 1; // sequence of the next record
    std::uint64_t sent = 0; // of the last record sent
    std::uint64_t took = 0;
    std::size_t untaken_bytes = 0;
    std::deque<std::uint32_t> untaken; // bytes of each record on the way
    std::deque<edge_record> waiting;
    std::deque<awaited> awaits;
  };

  struct waiting_publish {
    ticket reply_to;
    std::uint32_t edges;
    bool complete = true;
  };

  // Directory records of another node, each with the view that sent it there.
  using far_records = std::deque<std::pair<std::uint64_t, directory_record>>;

  struct other_node {
    std::shared_ptr<node_exit> exit;
    bool gone = false;                    // from the view
    std::vector<edge_stream> edges;       // by reactor
    std::vector<far_records> directories; // by reactor
  };

  edge_stream& stream_to(place where);
  void to_far_directory(place where, directory_record record);
  void reset(edge_stream& stream, bool complete);
  void settle(std::uint64_t publish, bool complete);
  void answer(const ticket& reply_to, bool complete);
  static bool take_next(edge_stream& stream, std::vector<edge_record>& into);
  bool flush(edge_stream& stream);
  static cluster::channel_batch fill(other_node& node);
  static void flush(other_node& node);

  std::uint32_t self_;
  std::uint64_t view_ = 0;
  std::vector<directory_stream> directories_;
  std::vector<edge_stream> edges_;
  std::map<node_number, other_node> nodes_;
  std::vector<std::pair<place, std::uint64_t>> touched_;
  std::unordered_map<std::uint64_t, waiting_publish> waiting_publishes_;
  std::uint64_t next_publish_ = 1;
};

} // namespace tidewire
