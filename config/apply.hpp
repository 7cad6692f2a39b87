/// Assignments onto settings. Internal to config/.
#pragma once

#include "config/assignment.hpp"
#include "config/report.hpp"
#include "config/schema.hpp"

#include <optional>
#include <set>
#include <string>

namespace tidewire::config {

/// Applies one assignment after the other; what it cannot apply goes to the
/// report, and the value stays as it was.
class applier {
public:
  applier(settings& target, origin_map& origins, report& problems)
      : target_(target), origins_(origins), problems_(problems) {}

  void apply(const assignment& what);

private:
  /// The next step of the path; nothing where there is none, which is said.
  std::optional<place> field(const assignment& what, std::size_t depth,
                             record owner, const about*& entry);
  std::optional<place> item(const assignment& what, std::size_t depth,
                            record_list list);
  void set(const assignment& what, const about& entry, leaf value);
  void unknown(const assignment& what, std::size_t depth);
  void error(const assignment& what, const std::string& key,
             std::string message);

  settings& target_;
  origin_map& origins_;
  report& problems_;
  std::set<std::string> unknown_; // said once, not for each key inside
};

} // namespace tidewire::config
