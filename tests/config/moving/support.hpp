// What a command said, for the tests of the commands in config/moving.
#pragma once

#include <string>
#include <string_view>

namespace tidewire::config::moving::test {

struct outcome {
  int code;
  std::string out;
  std::string err;
};

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace tidewire::config::moving::test
