// Where the other nodes were when this one last knew: a table of `cluster.db`
// in the data_dir.
#pragma once

#include <set>
#include <string>

namespace tidewire {

/// Keeps the addresses of the nodes that may live over a restart. Whoever
/// begins anew and is told of nobody by `cluster.peers` would otherwise think
/// that he is alone, and give permits away that others hold. Blocks for a
/// commit at each change: NODE's thread, not a reactor's. What cannot be kept
/// is logged.
class address_store {
public:
  explicit address_store(std::string file) : file_(std::move(file)) {}

  std::set<std::string> load() const;
  /// All of them, from now on.
  void keep(const std::set<std::string>& addresses) const;

private:
  std::string file_;
};

} // namespace tidewire
