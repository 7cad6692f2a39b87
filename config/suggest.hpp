/// Did you mean …? Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

/// How many letters must be inserted, removed, changed or swapped with their
/// neighbour to turn one text into the other. Case and `-`/`_` do not count.
std::size_t distance(std::string_view left, std::string_view right);

/// The candidate nearest to `text`, if it is near enough to be meant.
std::optional<std::string> nearest(std::string_view text,
                                   const std::vector<std::string>& candidates);

} // namespace tidewire::config
