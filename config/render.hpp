/// The configuration as text, from the table of config/fields.hpp. Pure.
#pragma once

#include "config/problem.hpp"
#include "config/settings.hpp"

#include <string>

namespace tidewire::config {

/// Every key with its sentence, what is allowed and its default, as TOML that
/// load() reads back as the defaults. `config/tidewire.example.toml` is this.
std::string render_default_toml();

enum class secrets { hidden, shown };

/// Every key with its value and, behind it, where the value comes from, as
/// TOML. With secrets shown, load() reads it back as the same settings.
std::string render_effective(const settings& all, const origin_map& origins,
                             secrets how);

/// Only the keys that somebody set, in the same form and with secrets shown:
/// a file that can be kept.
std::string render_given(const settings& all, const origin_map& origins);

/// Every key with default, range, variable and flag, as Markdown.
/// `config/reference.md` is this.
std::string render_reference();

} // namespace tidewire::config
