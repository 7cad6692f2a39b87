/// What checks of whole settings share. Internal to config/.
#pragma once

#include "config/problem.hpp"
#include "config/report.hpp"
#include "config/settings.hpp"

#include <string>

namespace tidewire::config {

/// Where keys come from, and where to say what is wrong with them.
class validation {
public:
  validation(const origin_map& origins, report& problems)
      : origins_(origins), problems_(problems) {}

  /// Whether somebody has set the key.
  bool given(const std::string& key) const;

  /// Whether its value is wrong in itself, and not to be held against others.
  bool failed(const std::string& key) const { return problems_.failed(key); }

  void error(const std::string& key, std::string message);
  void warn(const std::string& key, std::string message);

private:
  /// The origin of a key; of one that nobody has set, that of the item or
  /// section in which it is missing.
  origin origin_of(std::string key) const;

  const origin_map& origins_;
  report& problems_;
};

/// [cluster].
void validate_cluster(const settings& all, validation& about);

/// [meter], [[tiers]], [[accounts]], and what apps name of them.
void validate_plans(const settings& all, validation& about);

} // namespace tidewire::config
