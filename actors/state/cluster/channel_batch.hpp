// What one reactor says to another node in a turn.
#pragma once

#include "messages/channel_records.hpp"

#include <cstdint>
#include <vector>

namespace tidewire::cluster {

/// The records for one ROUTER of the other node; `first` is the sequence number
/// of the first of them.
struct edge_part {
  std::uint32_t to = 0;
  std::uint64_t first = 0;
  std::vector<edge_record> records;
};

/// The records for one DIRECTORY of the other node.
struct directory_part {
  std::uint32_t to = 0;
  std::vector<directory_record> records;
};

/// An event is in it once, however many reactors get it.
struct channel_batch {
  std::uint64_t view = 0; ///< of the sender; 0: none
  std::vector<edge_part> edges;
  std::vector<directory_part> directories;

  bool empty() const noexcept { return edges.empty() && directories.empty(); }
};

} // namespace tidewire::cluster
