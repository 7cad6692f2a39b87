/// What a value may be: conversion, checks and the words for them. One
/// function per question, each with one answer per type. Internal to config/.
#pragma once

#include "config/assignment.hpp"
#include "config/schema.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

/// `a duration such as "30s" or "2m" (1s to 24h)`: behind "expected".
std::string expectation(const about& what, const leaf& where);

/// The same for documents, in few words: `1s to 24h`. Empty if anything is.
std::string allowed(const about& what, const leaf& where);

/// Of a section or list: `a table: [server]`. No key of ours has digits.
std::string expectation(const place& where, std::string_view key);

/// Something wrong with a value, or with one item of a list.
struct complaint {
  std::string text;
  std::optional<std::size_t> item = std::nullopt;
  int line = 0; // of the item; 0 = the line of the value
};

/// Converts, checks and, if nothing is wrong, stores.
std::vector<complaint> store(const raw_value& value, const about& what,
                             const leaf& where);

/// Checks what is stored, for values that nobody has assigned.
std::vector<complaint> check(const about& what, const leaf& where);

/// The value as TOML: `"info"`, `6001`, `"64KiB"`, `[ "a", "b" ]`.
std::string toml_text(const leaf& where);

} // namespace tidewire::config
