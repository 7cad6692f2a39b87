// What a node knows of the others, on disk: `cluster.db` in the data_dir.
#pragma once

#include "actors/state/cluster/membership.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::sqlite {
class database;
}

namespace tidewire {

/// Keeps over a restart which lives are over, so that nobody who was proved
/// dead, or forgotten, is waited for again; and which may be going on, and
/// where: whoever begins anew and is told of nobody by `cluster.peers` would
/// otherwise think that he is alone, and give permits away that others hold.
/// Blocks for a commit at each change: NODE's thread, not a reactor's. What
/// cannot be read or kept is logged, with what makes up for it.
class cluster_store {
public:
  explicit cluster_store(std::string file) : file_(std::move(file)) {}

  std::vector<cluster::ended_life> ended() const;
  void add(const cluster::ended_life& what) const;

  std::vector<cluster::known_life> known() const;
  /// All of them, from now on.
  void keep(const std::vector<cluster::known_life>& known) const;

private:
  using work = std::function<void(sqlite::database&)>;
  void read(const work& what, std::string_view of) const;
  void write(const work& what, std::string_view of) const;

  std::string file_;
};

} // namespace tidewire
