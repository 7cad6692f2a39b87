// What a reactor says to reactors, its own and those of other nodes: order,
// acknowledgement and loss as actors/courier.hpp has them, without actors.
#pragma once

#include "actors/state/cluster/channel_batch.hpp"
#include "messages/channel_records.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidewire::sim {

/// Streams of one reactor to the edges and directories it speaks to. Each node
/// of a world has one reactor.
class sim_courier {
public:
  /// What is for this node itself, in order.
  struct for_myself {
    std::vector<edge_record> edge;
    std::uint64_t first = 0; ///< the number of the first of them
    std::vector<directory_record> directory;

    bool empty() const noexcept { return edge.empty() && directory.empty(); }
  };

  void view_is(std::uint64_t hash) noexcept { view_ = hash; }

  void node_is(node_number node);
  void node_is_cut_off(node_number node);
  void node_is_gone(node_number node);

  void edge_is(edge_id edge);
  void taken(edge_id edge, std::uint64_t sequence);

  void to_directory(place where, directory_record record);
  void to_edge(place where, edge_record record);
  void published(const ticket& reply_to);

  for_myself take_mine();

  /// Gives `send(node, batch)` all that may leave now.
  template <class F>
  void flush(F send) {
    for (auto& [number, peer] : nodes_)
      while (peer.linked) {
        auto batch = fill(peer);
        if (batch.empty())
          break;
        send(number, std::move(batch));
      }
  }

private:
  static constexpr std::size_t max_records = 1024;

  struct awaited {
    std::uint64_t sequence;
    std::uint64_t publish;
  };
  struct stream {
    bool named = false;
    edge_id edge;
    std::uint64_t next = 1, sent = 0, took = 0;
    std::deque<edge_record> waiting;
    std::deque<awaited> awaits;
  };
  struct waiting_publish {
    ticket reply_to;
    std::size_t edges;
    bool complete = true;
  };
  struct node {
    bool linked = false;
    bool gone = false; // from the view
    stream edge;
    std::deque<std::pair<std::uint64_t, directory_record>> directory;
  };

  stream& stream_to(place where) {
    return is_local(where) ? mine_ : nodes_[node_of(where)].edge;
  }
  void reset(stream& x, bool complete);
  void settle(std::uint64_t publish, bool complete);
  void answer(const ticket& reply_to, bool complete);
  static std::vector<edge_record> take_some(stream& x);
  static cluster::channel_batch fill(node& to);

  std::uint64_t view_ = 0;
  stream mine_;
  std::vector<directory_record> my_directory_;
  std::map<node_number, node> nodes_;
  std::vector<std::pair<place, std::uint64_t>> touched_;
  std::unordered_map<std::uint64_t, waiting_publish> publishes_;
  std::uint64_t next_publish_ = 1;
};

} // namespace tidewire::sim
