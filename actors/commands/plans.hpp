// Tiers and accounts of the configuration, as the meter knows them.
#pragma once

#include "actors/cap_keeper.hpp"
#include "actors/commands/request.hpp"
#include "actors/usage/question.hpp"

#include <string>

namespace tidewire {

struct caps_standing;

} // namespace tidewire

namespace tidewire::commands {

/// What the configuration says of caps now. On the reactor of the ADMIN.
meter::cap_plans plans_now(const request& who);

/// The name of the tier of an app or account; empty if it has none.
std::string tier_of(const meter::cap_plans& in, const usage::subject& whose);

/// In a cluster: whose figures those are, and what is doubtful about them; then
/// the answer is `partial`.
void say_whose(const caps_standing& now, answer& to);

/// As configurations call it.
std::string_view name_of(meter::when_over over);

} // namespace tidewire::commands
