// Carries records between the reactors of a node: one message per turn and
// direction, a bounded number of them on the way.
#pragma once

#include "messages/channel_records.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

namespace tidewire {

/// The outgoing streams of one reactor. At most `max_records` records or
/// `max_bytes` of events stand untaken at an edge; more wait here, and with
/// them the answers of their publishers, so that a slow reactor slows
/// publishers instead of filling memory. Runs on its reactor's thread.
class courier {
public:
  static constexpr std::size_t max_records = 1024;
  static constexpr std::size_t max_bytes = std::size_t{1024} * 1024;

  courier(std::uint32_t self, std::uint32_t reactors)
      : self_(self), directories_(reactors), edges_(reactors) {}

  void directory_is(std::uint32_t reactor, caf::actor who) {
    directories_[reactor].who = std::move(who);
  }

  /// A new edge: what the old one did not take is lost, and whoever waited for
  /// it is told that the event may not have reached everybody. Naming the same
  /// edge again changes nothing.
  void edge_is(edge_id edge, caf::actor router);

  void to_directory(std::uint32_t reactor, directory_record record) {
    directories_[reactor].records.push_back(std::move(record));
  }

  void to_edge(std::uint32_t reactor, edge_record record);

  /// The events put in since the last call are behind `reply_to`; it is
  /// answered when they have been taken.
  void published(const ticket& reply_to);

  void taken(edge_id edge, std::uint64_t sequence);

  /// Whom this reactor sends to; null where nobody has been named yet.
  const caf::actor& router(std::uint32_t reactor) const {
    return edges_[reactor].router;
  }
  const caf::actor& directory(std::uint32_t reactor) const {
    return directories_[reactor].who;
  }

  /// Sends what has gathered; true if there was anything.
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
    caf::actor router;
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

  void settle(std::uint64_t publish, bool complete);
  void answer(const ticket& reply_to, bool complete);
  bool flush(edge_stream& stream);

  std::uint32_t self_;
  std::vector<directory_stream> directories_;
  std::vector<edge_stream> edges_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> touched_;
  std::unordered_map<std::uint64_t, waiting_publish> waiting_publishes_;
  std::uint64_t next_publish_ = 1;
};

} // namespace tidewire
