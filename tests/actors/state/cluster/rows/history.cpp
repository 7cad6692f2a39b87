// What happens in a history, and what is checked after it.
#include "tests/actors/state/cluster/rows/world.hpp"

#include "actors/state/meter/journal.hpp"

#include <algorithm>

namespace tidewire::cluster::testing {

namespace {

std::string name(const life& x) {
  return x.node + "#" + std::to_string(x.incarnation);
}

} // namespace

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

// -- what has to be so --------------------------------------------------------

namespace {

class book {
public:
  explicit book(world& of) : of_(of) {
    for (auto& [whose, truth] : of.truth())
      ends_[whose] = end_of(whose, truth);
  }

  struct expected {
    counts_at sum{};
    bool known = true;
  };

  // At a tick: what all lives stated, up to where they ended.
  expected at(tick t) const {
    expected out;
    for (auto& [whose, truth] : of_.truth()) {
      auto& end = ends_.at(whose);
      if (truth.rows.empty() || t < truth.rows.begin()->first
          || (end && *end < t))
        continue;
      auto row = truth.rows.find(t);
      auto known = row != truth.rows.end() && (!end || stands(whose, truth, t));
      out.known &= known;
      if (known)
        for (std::size_t a = 0; a < apps; ++a)
          out.sum[a] += row->second[a];
    }
    return out;
  }

  const std::optional<tick>& end(const life& x) const { return ends_.at(x); }

private:
  // Somebody who is there has it.
  bool held(const life& whose, tick t) const {
    for (auto& x : of_.nodes())
      if (x.up)
        if (auto it = x.disk.find(whose);
            it != x.disk.end() && it->second.rows.contains(t))
          return true;
    return of_.delivered(whose, t, false) || of_.delivered(whose, t, true);
  }

  bool stands(const life& whose, const life_truth& truth, tick t) const {
    for (; held(whose, t); t = t - 1)
      if (truth.restated.contains(t) || of_.delivered(whose, t, true))
        return true;
    return false;
  }

  std::optional<tick> end_of(const life& whose, const life_truth& truth) const {
    if (!of_.over().contains(whose))
      return std::nullopt;
    if (truth.rows.empty())
      return tick{0};
    for (auto row = truth.rows.rbegin(); row != truth.rows.rend(); ++row)
      if (held(whose, row->first))
        return row->first;
    return truth.rows.begin()->first - 1;
  }

  world& of_;
  std::map<life, std::optional<tick>> ends_;
};

std::string show(const counts_at& x) {
  return std::to_string(x[0]) + "+" + std::to_string(x[1]) + "+"
         + std::to_string(x[2]);
}

std::string check(node& x, const book& truth, world& of) {
  auto& m = *x.meter;
  auto where = "node " + name(x.who) + ": ";
  if (m.newest() - m.final_through() > 3) {
    where += "at " + std::to_string(m.final_through().number - of.epoch)
             + " of " + std::to_string(m.newest().number - of.epoch) + " ";
    for (auto& l : m.lives())
      where +=
          name(l.who) + (l.closing ? " closing" : "")
          + (l.linked ? "" : " apart") + " to "
          + (l.last ? std::to_string(l.last->number - of.epoch) : "-")
          + (l.end ? "/" + std::to_string(l.end->last.number - of.epoch) : "")
          + "; ";
    return where + "ticks do not become final";
  }
  if (m.disputes() > 0)
    return where + "a row came with other bytes";
  for (auto& l : m.lives()) {
    if (!of.truth().contains(l.who))
      continue;
    auto& end = truth.end(l.who);
    if (end && !l.end)
      return where + name(l.who) + " has not ended";
    if (l.end && !end)
      return where + name(l.who) + " ended alive";
    // What was agreed on may be held by nobody any more.
    auto& said = of.truth().at(l.who).rows;
    if (l.end && l.first && *end >= *l.first
        && (l.end->last < *end || said.rbegin()->first < l.end->last))
      return where + name(l.who) + " ended at "
             + std::to_string(l.end->last.number - of.epoch) + ", not "
             + std::to_string(end->number - of.epoch);
  }
  for (auto t = x.began + 1; t <= m.final_through(); t = t + 1) {
    auto is = truth.at(t);
    auto found = m.at(t);
    auto said = x.finals.find(t);
    auto at = where + "tick " + std::to_string(t.number - of.epoch) + ": ";
    counts_at sum{};
    for (std::size_t a = 0; a < apps; ++a)
      for (app_number k = 0; k < m.apps().size() && k < found.least.size(); ++k)
        if (m.apps().id(k) == app_ids[a])
          sum[a] = found.least[k].open;
    if (!of.rates().trimmed) {
      if (found.exact() && !is.known)
        return at + "unknown is said to be " + show(sum);
      if (found.exact() && sum != is.sum)
        return at + "the sum differs: " + show(sum) + ", not " + show(is.sum);
    }
    if (said != x.finals.end() && said->second.unknown == 0
        && !x.corrected.has(t) && (!is.known || said->second.sum != is.sum))
      return at + "a final tick changed in silence: it was "
             + show(said->second.sum) + " and is " + show(is.sum)
             + (is.known ? "" : ", in part");
  }
  auto& last = m.last_final();
  if (!last.any || last.at != m.final_through())
    return where + "the last final sum is not known";
  return {};
}

// Every ledger has the same rows and the same ends.
std::string compare_disks(world& of, const book& truth) {
  const node* first = nullptr;
  for (auto& x : of.nodes()) {
    if (!x.up)
      continue;
    if (!first) {
      first = &x;
      continue;
    }
    for (auto& [whose, rows] : first->disk) {
      if (!truth.end(whose))
        continue;
      auto its = x.disk.find(whose);
      if (its == x.disk.end())
        return "node " + name(x.who) + " keeps nothing of " + name(whose);
      if (its->second.rows.size() != rows.rows.size())
        return "node " + name(x.who) + " keeps other rows of " + name(whose)
               + ": " + std::to_string(its->second.rows.size()) + ", not "
               + std::to_string(rows.rows.size());
      auto end = [](auto& e) {
        return e ? std::to_string(e->last.number - world::epoch) + "/"
                       + std::to_string(static_cast<int>(e->how))
                 : std::string{"none"};
      };
      if (its->second.end != rows.end)
        return "node " + name(x.who) + " keeps another end of " + name(whose)
               + ": " + end(its->second.end) + ", not " + end(rows.end);
    }
  }
  return {};
}

} // namespace

std::string disagreement(std::uint64_t seed) {
  world of{seed};
  auto steps = 150 + static_cast<std::int64_t>(seed % 7) * 30;
  while (of.steps() < steps && of.trouble.empty())
    of.step();
  of.heal();
  while (of.steps() < steps + 200 && of.trouble.empty())
    of.step();
  if (!of.trouble.empty())
    return of.trouble;
  book truth{of};
  for (auto& x : of.nodes())
    if (x.up)
      if (auto wrong = check(x, truth, of); !wrong.empty())
        return wrong;
  return compare_disks(of, truth);
}

} // namespace tidewire::cluster::testing
