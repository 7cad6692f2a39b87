#include "config/accounts.hpp"

#include <algorithm>

namespace tidewire::config {

namespace {

const account* at(const std::map<std::string_view, const account*>& from,
                  std::string_view key) noexcept {
  const auto found = from.find(key);
  return found == from.end() ? nullptr : found->second;
}

} // namespace

membership::membership(const std::vector<account>& accounts) {
  for (const auto& each : accounts) {
    names_.emplace(each.name, &each);
    for (const auto& id : each.apps)
      listed_.emplace(id, &each);
  }
}

const account* membership::of(const app& which) const noexcept {
  return which.account.empty() ? at(listed_, which.id) : named(which.account);
}

const account* membership::named(std::string_view name) const noexcept {
  return at(names_, name);
}

const tier* find_tier(const std::vector<tier>& tiers,
                      std::string_view name) noexcept {
  const auto found =
      std::find_if(tiers.begin(), tiers.end(),
                   [name](const tier& each) { return each.name == name; });
  return name.empty() || found == tiers.end() ? nullptr : &*found;
}

} // namespace tidewire::config
