// What happens in a history.
#include "tests/actors/state/cluster/rows/world.hpp"

#include "actors/state/meter/journal.hpp"

#include <algorithm>

namespace tidewire::cluster::testing {

// -- clients and ticks --------------------------------------------------------

void world::clients() {
  for (std::size_t c = 0; c < at_.size(); ++c) {
    auto move = chance(at_[c] < 0 ? 0.4 : 0.03);
    if (!move)
      continue;
    if (auto from = at_[c]; from >= 0) {
      auto& x = nodes_[static_cast<std::size_t>(from)];
      if (x.paused)
        x.left.insert(static_cast<int>(c));
      else
        std::erase(x.held, static_cast<int>(c));
      at_[c] = -1;
    }
    auto to = pick(nodes_.size());
    auto& x = nodes_[to];
    if (!x.up || x.paused || chance(0.2))
      continue;
    x.held.push_back(static_cast<int>(c));
    at_[c] = static_cast<int>(to);
  }
}

void world::state(int i, tick t, const counts_at& open) {
  auto& x = nodes_[static_cast<std::size_t>(i)];
  meter::tick_block block;
  block.at = t;
  block.restated = t == x.began + 1 || t == meter::day_of(t).first();
  meter::tick_figures all;
  auto changed = block.restated;
  for (std::size_t a = 0; a < apps; ++a) {
    auto figures = meter::tick_figures::idle({.open = open[a]});
    all.now += figures.now;
    auto is = open[a] != x.stated[a];
    if (is || (block.restated && open[a] > 0))
      block.apps.push_back({app_ids[a], figures});
    changed |= is;
  }
  if (changed && (all.now.open > 0 || !block.apps.empty() || !block.restated))
    block.apps.push_back({meter::all_apps, meter::tick_figures::idle(all.now)});
  std::sort(block.apps.begin(), block.apps.end(),
            [](auto& a, auto& b) { return a.app < b.app; });
  x.stated = open;
  auto& truth = truth_[x.who];
  truth.rows[t] = open;
  if (block.restated)
    truth.restated.insert(t);
  auto& rows = x.disk[x.who];
  rows.first = x.began + 1;
  rows.rows[t] = {t, t - 1, meter::encode(block)};
  meter_effects out;
  x.meter->state(block, out);
  x.last = t;
  take(i, out);
}

// Its clock decides which tick it is; what is open is what is open now.
void world::run(int i) {
  auto& x = nodes_[static_cast<std::size_t>(i)];
  if (!x.up || x.paused)
    return;
  x.time->heard(reference, now_ns(), 0, 0, true_ns(), 0);
  x.clock->observe(now_ns(), true_ns() + x.wall_off_ns);
  auto now = meter::tick_of(x.clock->now().at(now_ns()) + 1) - 1;
  if (x.last < now) {
    auto open = [&](bool with_left) {
      counts_at out{};
      for (auto c : x.held)
        if (with_left || !x.left.contains(c))
          ++out[static_cast<std::size_t>(app_[static_cast<std::size_t>(c)])];
      return out;
    };
    // Of a pause: who is still there was open throughout.
    auto still = open(false);
    for (auto t = x.last + 1; t <= now; t = t + 1)
      state(i, t, still);
    for (auto c : x.left)
      std::erase(x.held, c);
    x.left.clear();
  }
  meter_effects out;
  x.meter->turn(x.last, now_ns(), out);
  take(i, out);
}

// The LEDGERs: rows that one has, and the other not; in order, as chains go.
void world::sync(int i, int j) {
  auto& to = nodes_[static_cast<std::size_t>(i)];
  auto& from = nodes_[static_cast<std::size_t>(j)];
  meter_effects out;
  for (auto& [whose, rows] : from.disk) {
    if (whose == to.who || !rows.first)
      continue;
    auto& mine = to.disk[whose];
    mine.first = rows.first;
    for (auto& [at, row] : rows.rows)
      if (mine.rows.emplace(at, row).second)
        to.meter->known({whose, rows.first}, {row.before + 1, at}, out);
    if (rows.end)
      to.meter->ended(whose, *rows.end, out);
  }
  take(i, out);
}

// -- faults -------------------------------------------------------------------

void world::happen() {
  auto i = static_cast<int>(pick(nodes_.size()));
  auto& x = nodes_[static_cast<std::size_t>(i)];
  switch (pick(16)) {
  case 0:
  case 1:
    if (x.up && !x.paused)
      stop(i, false);
    break;
  case 2:
    if (x.up && !x.paused)
      stop(i, true);
    break;
  case 3:
  case 4:
  case 5:
    if (!x.up && (x.who.incarnation == 0 || over_.contains(x.who)))
      start(i);
    break;
  case 6:
    if (x.up)
      pause(i);
    break;
  case 7:
  case 8:
    wake(i);
    break;
  case 9:
    split();
    break;
  case 10:
  case 11:
    mend();
    break;
  default:
    prove(i);
    break;
  }
}

void world::step() {
  ++step_;
  clients();
  if (!healing_ && chance(0.06))
    happen();
  for (int i = 0; i < odds_.nodes; ++i)
    for (int j = 0; j < i; ++j) {
      auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
      auto& x = nodes_[a];
      auto& y = nodes_[b];
      auto stands = x.up && y.up && !x.paused && !y.paused && !cut_[a][b];
      if (line_[a][b] && !stands && chance(0.1))
        unlink(i, j);
      else if (!line_[a][b] && stands && chance(0.2))
        link(i, j);
      if (line_[a][b] && stands && chance(healing_ ? 0.1 : 0.01)) {
        sync(i, j);
        sync(j, i);
      }
    }
  if (chance(0.1) || healing_)
    for (int i = 0; i < odds_.nodes; ++i)
      if (chance(0.3))
        prove(i);
  deliver();
  for (int i = 0; i < odds_.nodes; ++i)
    run(i);
}

void world::heal() {
  for (int i = 0; i < odds_.nodes; ++i) {
    wake(i);
    auto& x = nodes_[static_cast<std::size_t>(i)];
    if (!x.up && (i == 0 || chance(0.6)))
      start(i);
  }
  healing_ = true;
  mend();
  forget_one();
}

} // namespace tidewire::cluster::testing
