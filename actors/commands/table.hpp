// The one table of operator commands. ADMIN answers them; `tidewire ctl`,
// `tidewire console`, the HTTP admin API and docs/commands.md are made of it.
#pragma once

#include "actors/commands/command.hpp"

#include <vector>

namespace tidewire::commands {

/// All commands, in the order in which help lists them.
const std::vector<command>& table();

// A row per file of this folder: NAME.cpp defines NAME_command().
command status_command();
command apps_command();
command conns_command();
command channels_command();
command users_command();
command kick_command();
command drain_command();
command undrain_command();
command rebalance_command();
command log_command();
command usage_command();
command size_command();
command tiers_command();
command grace_command();
command explain_command();
command capacity_command();
command nodes_command();
command cluster_command();
command failovers_command();
command limits_command();
command help_command();

} // namespace tidewire::commands
