/// Which account an app belongs to. Pure.
#pragma once

#include "config/settings.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

/// Answers for many apps: made once for a list of accounts, which must outlive
/// it.
class membership {
public:
  explicit membership(const std::vector<account>& accounts);

  /// The account that an app names, else the one that lists it; null if there
  /// is none of that name.
  const account* of(const app& which) const noexcept;

  const account* named(std::string_view name) const noexcept;

private:
  std::map<std::string_view, const account*> names_;
  std::map<std::string_view, const account*> listed_; // by app id
};

/// The tier of that name; null if there is none, or if the name is empty.
const tier* find_tier(const std::vector<tier>& tiers,
                      std::string_view name) noexcept;

} // namespace tidewire::config
