#include "actors/state/cluster/tick_runs.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

void tick_runs::add(tick_run run) {
  if (run.last < run.first)
    return;
  // Those that it touches become one with it.
  auto from =
      std::lower_bound(runs_.begin(), runs_.end(), run,
                       [](auto& a, auto& b) { return a.last + 1 < b.first; });
  auto to = from;
  for (; to != runs_.end() && to->first <= run.last + 1; ++to) {
    run.first = std::min(run.first, to->first);
    run.last = std::max(run.last, to->last);
  }
  if (from == to) {
    runs_.insert(from, run);
  } else {
    *from = run;
    runs_.erase(from + 1, to);
  }
}

void tick_runs::add(const tick_runs& other) {
  for (auto& run : other.runs_)
    add(run);
}

void tick_runs::remove(tick_run run) {
  std::vector<tick_run> left;
  for (auto& x : runs_) {
    if (run.last < x.first || x.last < run.first) {
      left.push_back(x);
      continue;
    }
    if (x.first < run.first)
      left.push_back({x.first, run.first - 1});
    if (run.last < x.last)
      left.push_back({run.last + 1, x.last});
  }
  runs_ = std::move(left);
}

tick tick_runs::through(tick from) const noexcept {
  auto it = std::lower_bound(runs_.begin(), runs_.end(), from,
                             [](auto& a, tick b) { return a.last < b; });
  return it != runs_.end() && it->first <= from ? it->last : from - 1;
}

bool tick_runs::has(tick t) const noexcept {
  return through(t) >= t;
}

std::optional<tick_run> tick_runs::first_gap(tick_run within) const noexcept {
  auto from = within.first;
  auto it = std::lower_bound(runs_.begin(), runs_.end(), from,
                             [](auto& a, tick b) { return a.last < b; });
  if (it != runs_.end() && it->first <= from)
    from = (it++)->last + 1;
  if (within.last < from)
    return std::nullopt;
  auto last =
      it == runs_.end() ? within.last : std::min(within.last, it->first - 1);
  return tick_run{from, last};
}

std::optional<tick> tick_runs::last() const noexcept {
  return runs_.empty() ? std::nullopt : std::optional{runs_.back().last};
}

} // namespace tidewire::cluster
