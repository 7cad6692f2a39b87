// Statements as answers of commands.
#pragma once

#include "actors/commands/answer.hpp"
#include "actors/ledger/verify.hpp"
#include "actors/usage/question.hpp"

#include <cstddef>
#include <span>

namespace tidewire::usage {

/// All there is to say of one.
commands::answer answer_of(const stated& one,
                           std::span<const ledger::head> heads);

/// A line each, the greatest peaks first and those of nothing last; at most
/// `limit`. All of them are of one time; the first is that of all apps.
commands::answer overview_of(std::span<const stated> all, std::size_t limit,
                             std::span<const ledger::head> heads);

/// As rows for other programs (export.hpp).
commands::answer export_of(std::span<const stated> all,
                           std::span<const ledger::head> heads);

/// The facts every answer about a time begins with.
commands::facts period_facts(const period& when);

} // namespace tidewire::usage
