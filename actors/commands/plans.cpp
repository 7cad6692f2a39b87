#include "actors/commands/plans.hpp"

#include "actors/shard.hpp"

namespace tidewire::commands {

meter::cap_plans plans_now(const request& who) {
  auto& home = *who.at().shards.front();
  return plans_of(home.settings, home.apps);
}

std::string tier_of(const meter::cap_plans& in, const usage::subject& whose) {
  using scope = usage::subject::scope;
  if (whose.of == scope::app)
    for (auto& x : in.apps)
      if (x.id == whose.name)
        return x.tier;
  if (whose.of == scope::account)
    for (auto& x : in.accounts)
      if (x.name == whose.name)
        return x.tier;
  return {};
}

} // namespace tidewire::commands
