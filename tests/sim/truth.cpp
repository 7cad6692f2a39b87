#include "tests/sim/truth.hpp"

#include <algorithm>

namespace tidewire::sim {

truth::socket truth::opened(std::uint32_t client, std::uint32_t app,
                            process where, instant at) {
  sockets_.push_back({client, app, where, at});
  change(app, where, 1, at);
  return static_cast<socket>(sockets_.size() - 1);
}

void truth::closed(socket which, instant at) {
  auto& x = sockets_[which];
  if (x.closed != never)
    return;
  x.closed = at;
  change(x.app, x.where, -1, at);
}

void truth::died(process which, instant at) {
  for (socket i = 0; i < sockets_.size(); ++i)
    if (sockets_[i].where == which)
      closed(i, at);
}

void truth::put(line& x, std::int64_t open, instant at) {
  if (!x.empty() && x.back().since == at)
    x.back().open = open;
  else
    x.push_back({at, open});
}

void truth::change(std::uint32_t app, process where, std::int64_t by,
                   instant at) {
  if (lines_.size() <= where)
    lines_.resize(where + 1);
  for (auto a : {app, all}) {
    auto& one = lines_[where][a];
    one.push_back({at, (one.empty() ? 0 : one.back().open) + by});
    open_[a] += by;
    peak_[a] = std::max(peak_[a], open_[a]);
    put(sums_[a], open_[a], at);
  }
}

std::int64_t truth::open(std::uint32_t app, process where) const noexcept {
  if (where >= lines_.size() || lines_[where][app].empty())
    return 0;
  return lines_[where][app].back().open;
}

bounds truth::within(const line& x, instant from, instant to) noexcept {
  // What stands at `from` was set before it or at it.
  auto at =
      std::upper_bound(x.begin(), x.end(), from,
                       [](instant t, const level& y) { return t < y.since; });
  auto first = at == x.begin() ? 0 : std::prev(at)->open;
  bounds result{first, first};
  for (; at != x.end() && at->since <= to; ++at) {
    result.least = std::min(result.least, at->open);
    result.most = std::max(result.most, at->open);
  }
  return result;
}

bounds truth::within(std::uint32_t app, process where, instant from,
                     instant to) const noexcept {
  if (where >= lines_.size())
    return {};
  return within(lines_[where][app], from, to);
}

std::int64_t truth::ended(std::uint32_t app, process where, instant from,
                          instant to) const noexcept {
  std::int64_t count = 0;
  for (auto& x : sockets_)
    count += (app == all || x.app == app) && x.where == where
                     && x.opened <= from && x.closed > from && x.closed <= to
                 ? 1
                 : 0;
  return count;
}

std::int64_t truth::openings(std::uint32_t app, instant from,
                             instant to) const noexcept {
  std::int64_t count = 0;
  auto at = std::lower_bound(
      sockets_.begin(), sockets_.end(), from,
      [](const socket_record& x, instant t) { return x.opened < t; });
  for (; at != sockets_.end() && at->opened <= to; ++at)
    count += app == all || at->app == app ? 1 : 0;
  return count;
}

std::int64_t truth::peak(std::uint32_t app, instant from,
                         instant to) const noexcept {
  return within(sums_[app], from, to).most;
}

} // namespace tidewire::sim
