/// One value as somebody wrote it, before its key gave it a type: what the
/// readers of file, environment and flags, and those of requests
/// (config/amend.hpp), hand over.
#pragma once

#include "config/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

struct raw_value {
  enum class form {
    loose,   // text from a variable or a flag: may mean any type
    text,    // a TOML string
    integer, // a TOML integer
    boolean, // a TOML boolean
    list,    // a TOML array of values; empty arrays too
    tables,  // a TOML array of tables, of which only the number is meant
    table,   // a TOML table, as such
    other    // a TOML float or date, a JSON fraction or null
  };

  form is = form::loose;
  std::string text; // of loose and text; for other, as it was written
  std::int64_t number = 0;
  bool flag = false;
  std::size_t count = 0; // of tables
  int line = 0;          // of an item of a list
  std::vector<raw_value> items = {};
};

struct assignment {
  std::vector<std::string> path; // `apps`, `0`, `id`
  raw_value value;
  origin from;
};

/// The path of a key: of `apps[0].id`, and of `apps.0.id`, which needs no
/// quotes in a shell, it is `apps`, `0`, `id`.
std::vector<std::string> path_of(std::string_view key);

/// How a value is put to the operator: `"12x"`, `12`, `a list`.
std::string shown(const raw_value& value);

/// The text in double quotes, escaped as in TOML.
std::string in_quotes(std::string_view text);

} // namespace tidewire::config
