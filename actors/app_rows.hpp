// Apps as rows that all nodes of a cluster have.
#pragma once

#include "actors/state/cluster/file_notes.hpp"
#include "actors/state/cluster/shared_row.hpp"
#include "config/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tidewire {

/// What a row says, if it can be understood; else why not.
struct app_of_row {
  std::optional<config::app> app;
  std::string trouble;
  std::vector<std::string> warnings; ///< fields of a newer version
};

/// Pure. The row is not one that is gone.
app_of_row read_app(const cluster::shared_row& row);

/// The value of a row, with the secrets.
std::string row_value(const config::app& what);

/// What the configuration defines, for comparison with other nodes'.
cluster::file_notes notes_of(const config::settings& settings);

/// Two nodes have changed one app while neither knew of the other.
std::string sentence_of_clash(const cluster::shared_row& kept,
                              const cluster::shared_row& dropped);

} // namespace tidewire
