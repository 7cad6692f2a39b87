#include "actors/commands/plans.hpp"

#include "actors/gauge.hpp"
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

void say_whose(const caps_standing& now, answer& to) {
  if (!now.clustered)
    return;
  to.as_of_ms = now.at.number * 1000;
  if (!now.known) {
    to.status = status::partial;
    to.notes.emplace_back("The other nodes have not said yet how caps stand: "
                          "this is as this node's ledger has it.");
    return;
  }
  to.notes.emplace_back("What is in use is what all nodes together had at the "
                        "last second that is final; each of them says the "
                        "same.");
  if (now.missing.empty())
    return;
  std::string names;
  for (auto& each : now.missing)
    names += (names.empty() ? "" : ", ") + each;
  to.status = status::partial;
  to.notes.push_back("Later seconds are not final without " + names
                     + (now.ahead ? ": until they are, the doors of this node "
                                    "go by the connections that are known."
                                  : "."));
}

std::string_view name_of(meter::when_over over) {
  switch (over) {
  case meter::when_over::refuse_4004:
    return "refuse_4004";
  case meter::when_over::observe:
    return "observe";
  default:
    return "refuse_4100";
  }
}

} // namespace tidewire::commands
