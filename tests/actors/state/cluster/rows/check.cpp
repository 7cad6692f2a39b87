// What has to be so after a history.
#include "tests/actors/state/cluster/rows/world.hpp"

#include <algorithm>

namespace tidewire::cluster::testing {

namespace {

std::string name(const life& x) {
  return x.node + "#" + std::to_string(x.incarnation);
}

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
  // Somebody who is there has that row.
  bool row_held(const life& whose, tick t) const {
    for (auto& x : of_.nodes())
      if (x.up)
        if (auto it = x.disk.find(whose);
            it != x.disk.end() && it->second.rows.contains(t))
          return true;
    return of_.delivered(whose, t, false);
  }

  bool held(const life& whose, tick t) const {
    return row_held(whose, t) || of_.delivered(whose, t, true);
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
    // How the apps stood at a tick is no row: a ledger could not keep it, and
    // who was told it cannot tell it on.
    for (auto row = truth.rows.rbegin(); row != truth.rows.rend(); ++row)
      if (row_held(whose, row->first))
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
