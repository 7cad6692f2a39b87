#include "actors/commands/table.hpp"

namespace tidewire::commands {

const std::vector<command>& table() {
  static const std::vector<command> rows{
      status_command(),   apps_command(),    conns_command(),
      channels_command(), users_command(),   usage_command(),
      size_command(),     tiers_command(),   explain_command(),
      capacity_command(), grace_command(),   kick_command(),
      drain_command(),    undrain_command(), rebalance_command(),
      nodes_command(),    cluster_command(), failovers_command(),
      limits_command(),   log_command(),     help_command(),
  };
  return rows;
}

} // namespace tidewire::commands
