/// Values of theirs as values of ours. Internal to config/moving/.
#pragma once

#include "config/assignment.hpp"
#include "config/fields.hpp"
#include "config/moving/source.hpp"

#include <optional>
#include <string>

namespace tidewire::config::moving {

/// The value in our units. What cannot be read is handed on as it is, so that
/// applying it says what is wrong; a size or time beyond our bounds is made
/// to fit, and `remark` says so.
raw_value convert(const given& what, reading how, const about& entry,
                  std::string& remark);

/// A number, also one written as text.
std::optional<double> number_of(const given& what);

/// Whether it is on, also as `1`, `yes` or `"true"`.
std::optional<bool> flag_of(const given& what);

/// The text, also of a number.
std::string text_of(const given& what);

raw_value text_value(std::string text);
raw_value flag_value_of(bool flag);
raw_value count_value(std::uint64_t count);

/// `key = value`, the value as TOML and hidden when the key is secret.
std::string shown(const std::vector<std::string>& path, const raw_value& value);

} // namespace tidewire::config::moving
