// Apps as a configuration has them.
#pragma once

#include "config/settings.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tidewire::testing {

inline config::app app(std::string id, std::vector<config::key_pair> keys) {
  config::app out;
  out.id = std::move(id);
  out.keys = std::move(keys);
  return out;
}

} // namespace tidewire::testing
