// Tiers and accounts of the configuration, as the meter knows them.
#pragma once

#include "actors/cap_keeper.hpp"
#include "actors/commands/request.hpp"
#include "actors/usage/question.hpp"

#include <string>
#include <variant>
#include <vector>

namespace tidewire::commands {

/// What the configuration says of caps now. On the reactor of the ADMIN.
meter::cap_plans plans_now(const request& who);

/// The name of the tier of an app or account; empty if it has none.
std::string tier_of(const meter::cap_plans& in, const usage::subject& whose);

/// An argument that names whose cap it is, an app or with `--account` an
/// account; else an answer that says what is wrong.
std::vector<argument> cap_arguments();
std::variant<meter::cap_subject, answer> cap_subject_of(const request& who);

} // namespace tidewire::commands
