#include "config/report.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace tidewire::config {

void report::add(grade severity, const origin& where, std::string key,
                 std::string message) {
  add({where.name, where.line, 0, std::move(key), std::move(message),
       severity});
}

void report::add(problem what) {
  const auto same = [&](const problem& known) {
    return known.file == what.file && known.line == what.line
           && known.key == what.key && known.message == what.message;
  };
  if (std::any_of(problems_.begin(), problems_.end(), same))
    return;
  if (what.severity == grade::error)
    failed_.insert(what.key);
  problems_.push_back(std::move(what));
}

bool report::failed(std::string_view key) const {
  return failed_.find(key) != failed_.end();
}

std::vector<problem> report::take(grade severity) {
  std::vector<problem> result;
  std::copy_if(problems_.begin(), problems_.end(), std::back_inserter(result),
               [&](const problem& each) { return each.severity == severity; });
  // toml++ hands tables over sorted by name; people read files by line. What
  // is not in a file comes behind.
  const auto place = [](const problem& each) {
    return each.line != 0 ? each.line : std::numeric_limits<int>::max();
  };
  std::stable_sort(
      result.begin(), result.end(),
      [&](const problem& a, const problem& b) { return place(a) < place(b); });
  return result;
}

} // namespace tidewire::config
