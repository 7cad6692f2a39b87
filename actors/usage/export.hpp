// Statements as rows for other programs, each with the heads it rests on.
#pragma once

#include "actors/commands/answer.hpp"
#include "actors/ledger/verify.hpp"
#include "actors/usage/question.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace tidewire::usage {

/// The table `statements`, a row for each, in which everything stands that is
/// needed to make it again: `usage verify` does.
commands::listing export_table(std::span<const stated> rows,
                               std::span<const ledger::head> heads);

/// The same heads for people: the table `heads`.
commands::listing heads_table(std::span<const ledger::head> heads);

/// Some time, as exports have it: `2026-11-01T00:00:00Z/2026-11-01T00:01:00Z`,
/// with `~` before it if it is partly known; several with a space between.
std::string ranges_of(std::span<const meter::doubt> doubts);

/// A row of an export, by column, as it was written.
using exported_row = std::map<std::string, std::string>;

/// An export (JSON or CSV) as rows; a sentence if it is none.
std::variant<std::vector<exported_row>, std::string>
read_export(std::string_view text);

/// What a row asks; a sentence if it does not say.
struct exported_question {
  subject whose;
  period when;
};
std::variant<exported_question, std::string>
question_of(const exported_row& row);

/// The heads of a row; a sentence if they are none.
std::variant<std::vector<ledger::head>, std::string>
heads_of(const exported_row& row);

} // namespace tidewire::usage
