/// Collects what is wrong, once per place and key. Internal to config/.
#pragma once

#include "config/problem.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

class report {
public:
  /// Something wrong with a key as set at `where`.
  void add(grade severity, const origin& where, std::string key,
           std::string message);

  /// Something wrong with a file as such.
  void add(problem what);

  /// Whether an error about this key was added: its value is then not what
  /// anybody wrote, and should not be held against other keys.
  bool failed(std::string_view key) const;

  /// In the order of adding, a file's by line.
  std::vector<problem> take(grade severity);

private:
  std::vector<problem> problems_;
  std::set<std::string, std::less<>> failed_;
};

} // namespace tidewire::config
