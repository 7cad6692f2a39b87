// Apps as JSON, in the words and with the rules of config/.
#pragma once

#include "config/amend.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire {

/// The members of a JSON object as fields of an app, or what is wrong with the
/// text as such: a phrase that completes a sentence ("not JSON: …"). Pure.
std::variant<std::vector<config::assignment>, std::string>
app_fields(std::string_view text, const config::origin& from);

/// Whether a field of that name is among them.
bool gives(const std::vector<config::assignment>& fields,
           std::string_view name);

} // namespace tidewire
