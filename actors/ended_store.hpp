// What is known of lives that are over, on disk: `cluster.db` in the data_dir.
#pragma once

#include "actors/state/cluster/ended.hpp"

#include <string>
#include <vector>

namespace tidewire {

/// Keeps ends of lives over a restart, so that nobody who was proved dead, or
/// forgotten, is waited for again. Blocks for a commit at each end: NODE's
/// thread, not a reactor's. What cannot be kept is logged: the others know it,
/// too, and tell it at the next start.
class ended_store {
public:
  explicit ended_store(std::string file) : file_(std::move(file)) {}

  std::vector<cluster::ended_life> load() const;
  void add(const cluster::ended_life& what) const;

private:
  std::string file_;
};

} // namespace tidewire
