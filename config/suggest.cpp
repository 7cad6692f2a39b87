#include "config/suggest.hpp"

#include <algorithm>

namespace tidewire::config {

namespace {

char folded(char c) {
  if (c == '-')
    return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

std::size_t distance(std::string_view left, std::string_view right) {
  // Three rows of the table of distances between prefixes.
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j)
    row[j] = j;
  const auto same = [&](std::size_t i, std::size_t j) {
    return folded(left[i]) == folded(right[j]);
  };
  for (std::size_t i = 1; i <= left.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1,
                         last[j - 1] + (same(i - 1, j - 1) ? 0U : 1U)});
      if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[right.size()];
}

std::optional<std::string> nearest(std::string_view text,
                                   const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t lowest = 0;
  for (const auto& candidate : candidates) {
    // A third of the letters may be wrong; beyond that it is a guess.
    const auto highest = std::max<std::size_t>(1, candidate.size() / 3);
    const auto steps = distance(text, candidate);
    if (steps <= highest && (!best || steps < lowest)) {
      best = candidate;
      lowest = steps;
    }
  }
  return best;
}

} // namespace tidewire::config
