/// A TOML file as assignments. The only place that knows toml++.
#pragma once

#include "config/assignment.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire::config {

/// What the document sets, parents before children; or its first syntax error.
/// `name` is what origins and problems call the document.
std::variant<std::vector<assignment>, problem>
read_toml(std::string_view document, const std::string& name);

} // namespace tidewire::config
