/// Small things about prose. Internal to config/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidewire::config {

/// The text in lines of at most `width` columns, each behind `prefix` and
/// ended; words are never broken.
std::string wrapped(std::string_view text, std::string_view prefix,
                    std::size_t width = 80);

/// The text with its first letter in upper case.
std::string capitalized(std::string text);

/// `1 error`, `2 errors`.
std::string counted(std::size_t count, std::string_view noun);

} // namespace tidewire::config
