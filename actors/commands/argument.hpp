// What a value of an argument may look like. Pure.
#pragma once

#include "actors/commands/command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::commands {

/// `APP`, `--app`.
std::string spelled(const argument& what);

/// What stands for its value in help: `APP`, `TIME`, `json|csv`; empty for a
/// flag.
std::string placeholder(const argument& what);

/// What is allowed, to follow "expected": `a whole number from 1 to 1000`.
std::string expected(const argument& what);

/// Whether a value is allowed.
bool accepts(const argument& what, std::string_view value);

std::optional<std::uint64_t> count_of(std::string_view text);

/// `12.5`, and for a percentage `12.5%`; never negative.
std::optional<double> number_of(std::string_view text, bool percent);

} // namespace tidewire::commands
