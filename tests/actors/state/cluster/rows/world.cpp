#include "tests/actors/state/cluster/rows/world.hpp"

#include "actors/state/meter/journal.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster::testing {

tally& tallied() {
  static tally it;
  return it;
}

odds odds_of(std::uint64_t seed) {
  std::mt19937_64 random{seed * 7919 + 1};
  auto of = [&](std::uint64_t n) { return random() % n; };
  odds out;
  out.nodes = 3 + static_cast<int>(of(10) < 6 ? of(2) : of(5));
  out.clients = 4 + static_cast<int>(of(12));
  constexpr double losses[] = {0, 0, 0.02, 0.1, 0.3};
  out.loss = losses[of(5)];
  out.twice = losses[of(5)];
  out.delay = 1 + static_cast<int>(of(4));
  out.settle_s = of(4) == 0 ? 12 : 86'400;
  out.disks_return = of(2) == 0;
  out.late_joins = of(3) == 0;
  out.trimmed = of(3) == 0;
  return out;
}

world::world(std::uint64_t seed) : odds_(odds_of(seed)), random_(seed) {
  auto n = static_cast<std::size_t>(odds_.nodes);
  nodes_.resize(n);
  cut_.assign(n, std::vector<bool>(n));
  line_.assign(n, std::vector<std::uint64_t>(n));
  at_.assign(static_cast<std::size_t>(odds_.clients), -1);
  for (int c = 0; c < odds_.clients; ++c)
    app_.push_back(static_cast<int>(pick(apps)));
  for (std::size_t i = 0; i < n; ++i) {
    nodes_[i].who.node = "n" + std::to_string(i);
    nodes_[i].wall_off_ns =
        (static_cast<std::int64_t>(pick(9)) - 4) * 900'000'000;
  }
  auto at_first = odds_.late_joins ? n - 1 : n;
  for (std::size_t i = 0; i < at_first; ++i)
    start(static_cast<int>(i));
  mend();
}

bool world::chance(double p) {
  return static_cast<double>(random_() >> 11u) * 0x1p-53 < p;
}

std::size_t world::pick(std::size_t n) {
  return static_cast<std::size_t>(random_() % n);
}

bool world::delivered(const life& whose, tick t, bool standing) const {
  auto& notes = standing ? stood_ : came_;
  for (auto& x : nodes_)
    if (x.up)
      if (auto to = notes.find(x.who); to != notes.end())
        if (auto of = to->second.find(whose);
            of != to->second.end() && of->second.contains(t))
          return true;
  return false;
}

// -- nodes --------------------------------------------------------------------

void world::start(int i) {
  auto& x = nodes_[static_cast<std::size_t>(i)];
  x.who.incarnation = ++incarnations_;
  x.up = true;
  x.gone = x.paused = false;
  x.time = std::make_shared<cluster_time>();
  x.time->follow(reference);
  x.clock.emplace(meter::cluster_clock{now_ns(), true_ns()});
  x.clock->time_is(x.time);
  x.began = x.last = meter::tick_of(true_ns());
  x.stated = {};
  x.held.clear();
  x.left.clear();
  x.finals.clear();
  x.corrected = {};
  cluster_meter_settings settings;
  settings.settle_s = odds_.settle_s;
  if (odds_.trimmed)
    settings.kept_ticks = 8;
  x.meter = std::make_unique<cluster_meter>(x.who, x.began, settings);
  for (auto& [whose, rows] : x.disk) {
    if (!rows.first && !rows.end)
      continue;
    tick_runs known;
    std::vector<rows_to_keep::row> last;
    for (auto& [at, row] : rows.rows) {
      known.add({row.before + 1, at});
      last.push_back(row);
    }
    // The end of a file is in the journal still.
    if (last.size() > 10)
      last.erase(last.begin(), last.end() - 10);
    x.meter->restore({whose, rows.first}, known, last);
    meter_effects out;
    if (rows.end)
      x.meter->ended(whose, *rows.end, out);
    take(i, out);
  }
  truth_[x.who];
}

void world::stop(int i, bool goodbye) {
  auto& x = nodes_[static_cast<std::size_t>(i)];
  if (goodbye) {
    meter_effects out;
    x.meter->say_goodbye(out);
    if (x.began < x.last)
      x.disk[x.who].end = life_end{end_kind::goodbye, x.last};
    take(i, out);
  }
  over_.insert(x.who);
  for (auto c : x.held)
    at_[static_cast<std::size_t>(c)] = -1;
  for (int j = 0; j < odds_.nodes; ++j)
    unlink(i, j);
  if (!goodbye && !x.disk[x.who].rows.empty() && chance(0.3))
    x.disk[x.who].rows.erase(std::prev(x.disk[x.who].rows.end())); // not synced
  if (!odds_.disks_return)
    x.disk.clear();
  x.meter.reset();
  x.up = false;
  x.gone = !goodbye && chance(0.3);
}

void world::pause(int i) {
  nodes_[static_cast<std::size_t>(i)].paused = true;
}

// What it missed is stated before anything else happens.
void world::wake(int i) {
  if (std::exchange(nodes_[static_cast<std::size_t>(i)].paused, false))
    run(i);
}

// Whoever can reach its machine knows that it is dead; somebody told them.
void world::prove(int i) {
  auto& x = nodes_[static_cast<std::size_t>(i)];
  if (x.gone && !healing_)
    return;
  for (int j = 0; j < odds_.nodes; ++j) {
    auto& other = nodes_[static_cast<std::size_t>(j)];
    if (!other.up || other.paused || (!healing_ && chance(0.4)))
      continue;
    auto apart = cut_[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    if (apart)
      continue;
    meter_effects out;
    if (!x.up && x.who.incarnation != 0 && over_.contains(x.who))
      other.meter->proved_dead(x.who, out);
    // An incarnation that answers proves the ones before it dead.
    for (auto& was : over_)
      if (was.node == x.who.node && was != x.who)
        other.meter->proved_dead(was, out);
    take(j, out);
  }
}

void world::forget_one() {
  for (int i = 0; i < odds_.nodes; ++i) {
    auto& x = nodes_[static_cast<std::size_t>(i)];
    if (x.up || !x.gone)
      continue;
    x.gone = false;
    for (int j = 0; j < odds_.nodes; ++j)
      if (auto& other = nodes_[static_cast<std::size_t>(j)]; other.up) {
        meter_effects out;
        other.meter->forget(x.who, out);
        take(j, out);
        break;
      }
  }
}

// -- the network --------------------------------------------------------------

void world::link(int i, int j) {
  auto& a = nodes_[static_cast<std::size_t>(i)];
  auto& b = nodes_[static_cast<std::size_t>(j)];
  auto& line = line_[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  if (line || i == j || !a.up || !b.up)
    return;
  line = line_[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)] =
      ++lines_;
  // The membership hears of a life, and of its name's earlier ones, first.
  meter_effects out;
  a.meter->heard(b.who);
  a.meter->linked(b.who, out);
  take(i, out);
  b.meter->heard(a.who);
  b.meter->linked(a.who, out);
  take(j, out);
}

void world::unlink(int i, int j) {
  auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
  if (!line_[a][b])
    return;
  line_[a][b] = line_[b][a] = 0;
  if (nodes_[a].up)
    nodes_[a].meter->unlinked(nodes_[b].who);
  if (nodes_[b].up)
    nodes_[b].meter->unlinked(nodes_[a].who);
}

void world::split() {
  std::vector<bool> side;
  for (int i = 0; i < odds_.nodes; ++i)
    side.push_back(chance(0.5));
  for (std::size_t i = 0; i < side.size(); ++i)
    for (std::size_t j = 0; j < side.size(); ++j)
      cut_[i][j] = side[i] != side[j];
}

void world::mend() {
  for (auto& row : cut_)
    std::fill(row.begin(), row.end(), false);
  for (int i = 0; i < odds_.nodes; ++i)
    for (int j = 0; j < i; ++j)
      link(i, j);
}

void world::deliver() {
  while (!air_.empty() && air_.begin()->first <= step_) {
    auto x = std::move(air_.begin()->second);
    air_.erase(air_.begin());
    auto a = static_cast<std::size_t>(x.from),
         b = static_cast<std::size_t>(x.to);
    auto& to = nodes_[b];
    if (cut_[a][b] || line_[a][b] != x.line || !to.up || to.who != x.to_life
        || nodes_[a].who != x.from_life)
      continue;
    if (to.paused) { // it waits in the socket
      x.due = step_ + 1;
      air_.emplace(x.due, std::move(x));
      continue;
    }
    meter_effects out;
    auto ends = [&](const life& whose) {
      for (auto& l : to.meter->lives())
        if (l.who == whose)
          return l.closing || l.end;
      return false;
    };
    if (x.kind == standing_kind)
      if (auto told = decode_standing(x.bytes))
        if (auto block = meter::decode_block(told->block);
            auto* it = std::get_if<meter::tick_block>(&block))
          stood_[to.who][told->whose].insert(it->at);
    if (x.kind == rows_kind)
      if (auto told = decode_rows(x.bytes))
        if (told->whose != to.who
            && !(told->whose == x.from_life && ends(told->whose)))
          for (auto& row : told->rows)
            if (auto block = meter::decode_block(row.block);
                auto* it = std::get_if<meter::tick_block>(&block))
              came_[to.who][told->whose].insert(it->at);
    if (!to.meter->take(x.from_life, x.kind, x.bytes, now_ns(), out))
      ++tallied().malformed;
    take(x.to, out);
  }
}

// -- what a meter wants done --------------------------------------------------

void world::take(int i, meter_effects& out) {
  auto& x = nodes_[static_cast<std::size_t>(i)];
  for (auto& m : out.send)
    for (int j = 0; j < odds_.nodes; ++j) {
      auto& to = nodes_[static_cast<std::size_t>(j)];
      auto line =
          line_[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
      if (!line || (m.to && *m.to != to.who))
        continue;
      auto loss = healing_ ? 0 : odds_.loss;
      auto copies = (chance(loss) ? 0 : 1) + (chance(odds_.twice) ? 1 : 0);
      for (int c = 0; c < copies; ++c) {
        auto due = step_
                   + static_cast<std::int64_t>(
                       pick(static_cast<std::size_t>(odds_.delay) + 1));
        air_.emplace(due,
                     message{due, i, j, x.who, to.who, line, m.kind, m.bytes});
      }
    }
  for (auto& kept : out.keep) {
    auto& rows = x.disk[kept.whose];
    rows.first = kept.first;
    for (auto& row : kept.rows) {
      auto [it, is_new] = rows.rows.emplace(row.at, row);
      if (!is_new && it->second.block != row.block)
        trouble = "a row was handed over twice, with other bytes";
    }
  }
  for (auto& end : out.ended) {
    ++tallied().ends;
    auto& its = x.disk[end.whose].end;
    if (its && its->last < end.end.last)
      ++tallied().raised;
    if (its && end.end.last < its->last)
      trouble = "an end went back: node " + x.who.node + ", life "
                + end.whose.node + "#" + std::to_string(end.whose.incarnation)
                + ", " + std::to_string(its->last.number - epoch) + " to "
                + std::to_string(end.end.last.number - epoch);
    its = end.end;
  }
  tallied().settled += out.settled.size();
  for (auto& c : out.corrections) {
    ++tallied().corrections;
    x.corrected.add(c.ticks);
  }
  auto& final = x.meter->last_final();
  if (final.any && !x.finals.contains(final.at)) {
    node::said said{{}, final.unknown};
    for (int a = 0; a < apps; ++a)
      for (app_number k = 0; k < x.meter->apps().size(); ++k)
        if (x.meter->apps().id(k) == app_ids[a])
          said.sum[static_cast<std::size_t>(a)] = final.of(k).open;
    std::uint64_t total = 0;
    for (auto k : said.sum)
      total += k;
    if (total != final.of(0).open)
      trouble = "the sum of all apps is not the sum of the apps";
    if (total > static_cast<std::uint64_t>(odds_.clients) && said.unknown == 0)
      trouble = "somebody was counted twice: at node " + x.who.node + ", tick "
                + std::to_string(final.at.number - epoch) + ", "
                + std::to_string(total) + " of "
                + std::to_string(odds_.clients);
    x.finals[final.at] = said;
    ++tallied().finals;
    tallied().unknown += said.unknown > 0 ? 1 : 0;
  }
  out = {};
}

} // namespace tidewire::cluster::testing
