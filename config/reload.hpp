/// What a running server takes over from a changed configuration, and what it
/// would have to be restarted for. Pure; callable from any thread.
#pragma once

#include "config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

/// One key that differs. Apps are named by their ids: `apps.7` came or went,
/// `apps.7.client_events` changed.
struct change {
  std::string key;
  bool needs_restart = false; // otherwise it is applied

  bool operator==(const change&) const = default;
};

/// `applied` or `needs restart`.
std::string_view outcome_of(const change& what);

struct reloaded_settings {
  config::settings settings; // to be in force from now on
  std::vector<change> changes;
};

/// `running` with every difference of `fresh` that a running server can take:
/// the table of config/fields.hpp says which. `fresh` has been validated.
reloaded_settings take_over(const settings& running, const settings& fresh);

} // namespace tidewire::config
