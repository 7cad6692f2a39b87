// Whether the ledger is what was written, and an export what it says.
#pragma once

#include "actors/commands/answer.hpp"
#include "actors/ledger/reader.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace tidewire::usage {

/// Makes every hash of the ledger anew.
commands::answer
prove(ledger::reader& from,
      const std::function<void(std::uint64_t entries)>& progress = {});

/// The same, and that the ledger still has the heads an export rests on, and
/// every figure of it, made anew from the rows: to the digit.
commands::answer
prove_export(ledger::reader& from, std::string_view exported,
             const std::function<void(std::uint64_t entries)>& progress = {});

} // namespace tidewire::usage
