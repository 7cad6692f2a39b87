// What one reactor says to edges and directories, until it has left and was
// taken. Pure: no actor, no link.
#pragma once

#include "actors/state/cluster/channel_batch.hpp"
#include "messages/channel_records.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// The outgoing streams of one reactor. At most `max_records` records or
/// `max_bytes` of events stand untaken at an edge; more wait here, and with
/// them the answers of their publishers, so that a slow reactor slows
/// publishers instead of filling memory. What goes to another node leaves as
/// one batch for all its reactors.
class courier_state {
public:
  static constexpr std::size_t max_records = 1024;
  static constexpr std::size_t max_bytes = std::size_t{1024} * 1024;

  courier_state(std::uint32_t self, std::uint32_t reactors)
      : self_(self), edges_(reactors), directories_(reactors) {}

  /// What is sent from now on was decided by this view.
  void view_is(std::uint64_t hash) noexcept { view_ = hash; }
  std::uint64_t view() const noexcept { return view_; }

  /// There is another line to that node than before. What was under way may be
  /// lost: its edges introduce themselves anew, and are told nothing before
  /// they have; and whoever sends here says anew what it has.
  void node_is(node_number number);

  /// There is no way to it now; what is said to it waits.
  void node_is_cut_off(node_number number);

  /// It is in the view.
  void node_is_there(node_number number);

  /// It is not in the view any more: nobody waits for what its edges take.
  void node_is_gone(node_number number);

  /// An edge introduces itself; true if it is a new one. What the old one did
  /// not take is lost, and whoever waited for it is told that the event may not
  /// have reached everybody. Naming the same edge again changes nothing.
  bool edge_is(edge_id edge);

  void to_directory(place where, directory_record record) {
    if (is_local(where))
      directories_[where].push_back(std::move(record));
    else
      to_far_directory(where, std::move(record));
  }

  void to_edge(place where, edge_record record);

  /// The events put in since the last call are behind `reply_to`; it is
  /// answered when they have been taken.
  void published(const ticket& reply_to);

  void taken(edge_id edge, std::uint64_t sequence);

  // -- what leaves ------------------------------------------------------------

  /// All that a ROUTER of this node may get now; empty if it is nothing.
  edge_batch for_edge(std::uint32_t reactor);

  /// All that is for a DIRECTORY of this node.
  std::vector<directory_record> for_directory(std::uint32_t reactor) {
    return std::exchange(directories_[reactor], {});
  }

  /// For a node to which there is a line: as much as fits well into one
  /// message, all of it sent by one view; empty if there is nothing.
  channel_batch for_node(node_number number);

  /// The other nodes that it speaks to.
  std::vector<node_number> nodes() const;

private:
  struct awaited {
    std::uint64_t sequence;
    std::uint64_t publish; // in publishes_
  };

  struct edge_stream {
    bool named = false;
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
    std::size_t edges;
    bool complete = true;
  };

  // Directory records of another node, each with the view that sent it there.
  using far_records = std::deque<std::pair<std::uint64_t, directory_record>>;

  struct other_node {
    bool linked = false;
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

  std::uint32_t self_;
  std::uint64_t view_ = 0;
  std::vector<edge_stream> edges_;
  std::vector<std::vector<directory_record>> directories_;
  std::map<node_number, other_node> nodes_;
  std::vector<std::pair<place, std::uint64_t>> touched_;
  std::unordered_map<std::uint64_t, waiting_publish> publishes_;
  std::uint64_t next_publish_ = 1;
};

} // namespace tidewire::cluster
