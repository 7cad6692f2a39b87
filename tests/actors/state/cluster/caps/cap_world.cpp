#include "tests/actors/state/cluster/caps/cap_world.hpp"

#include "tests/actors/state/cluster/caps/cap_scene.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace tidewire::cluster::testing {

namespace {

using namespace caps;

class world {
public:
  world(std::uint64_t seed, cap_figures* figures)
      : dice_(seed), figures_(figures ? figures : &none_) {
    meter::cap_effects out;
    oracle_.configure({epoch}, plans(), out);
    oracle_.begin_among_others({epoch});
    for (std::size_t i = 0; i < nodes; ++i)
      start(i);
    view_all();
  }

  std::string run() {
    for (int round = 0; round < 6 && trouble_.empty(); ++round) {
      for (auto end = now_ns_ + 90'000 * ms; now_ns_ < end;) {
        step();
        if (chance(0.012))
          mischief();
      }
      heal();
      for (auto end = now_ns_ + 40'000 * ms; now_ns_ < end;)
        step();
      for (auto end = now_ns_ + 5000 * ms; now_ns_ < end;)
        step(false); // what is under way comes
      check();
    }
    return trouble_;
  }

private:
  double unit() { return std::uniform_real_distribution<double>{}(dice_); }
  bool chance(double p) { return unit() < p; }
  std::int64_t any(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>{from, to}(dice_);
  }

  // -- ticks ------------------------------------------------------------------

  void next_tick() {
    for (std::size_t i = 0; i < apps.size(); ++i) {
      auto& open = open_[i];
      auto most = i == 1 ? 50 : 26;
      open = std::clamp<std::int64_t>(open + any(-3, 3), 0, most);
      if (chance(0.02))
        open = any(0, most);
    }
    truth_.push_back(open_);
    ended_ns_.push_back(now_ns_);
    meter::cap_effects out;
    auto at = last_tick();
    std::vector<meter::cap_use> uses;
    for (std::size_t i = 0; i < apps.size(); ++i)
      uses.push_back({apps[i], static_cast<std::uint64_t>(open_[i]), 0});
    oracle_.on_tick(at, uses, true, out);
    rows_.insert(rows_.end(), out.rows.begin(), out.rows.end());
    ++figures_->ticks;
  }

  meter::tick last_tick() const {
    return {epoch + static_cast<std::int64_t>(truth_.size())};
  }

  final_tick final_at(meter::tick t, bool whole) const {
    auto index = static_cast<std::size_t>(t.number - epoch - 1);
    final_tick out{t, whole, {}};
    for (std::size_t i = 0; i < apps.size(); ++i) {
      auto open = static_cast<std::uint64_t>(truth_[index][i]);
      auto before = index == 0 ? 0 : truth_[index - 1][i];
      if (whole ? open != 0 : truth_[index][i] != before)
        out.apps.push_back({apps[i], open, 0});
    }
    return out;
  }

  void feed(process& p) {
    council_effects out;
    while (p.fed < last_tick()) {
      auto t = p.fed + 1;
      if (final_ns_ < ended_ns_[static_cast<std::size_t>(t.number - epoch - 1)]
                          + p.lag_ns
          || now_ns_ < silent_until_ns_)
        break;
      p.council->final(final_at(t, std::exchange(p.first, false)), out);
      p.fed = t;
      p.lag_ns = any(0, 900) * ms;
    }
    p.council->turn(now_ns_, out);
    act(p, out);
  }

  void step(bool ticks = true) {
    now_ns_ += step_ns;
    if (now_ns_ >= silent_until_ns_)
      final_ns_ = now_ns_;
    if (ticks && now_ns_ % (1000 * ms) == 0)
      next_tick();
    deliver();
    for (auto& p : living_)
      if (p)
        feed(*p);
  }

  // -- processes, lines and views ---------------------------------------------

  bool together(std::size_t a, std::size_t b) const {
    return side_[a] == side_[b];
  }

  void start(std::size_t i) {
    auto p = std::make_unique<process>();
    p->who = {"node-" + std::to_string(i), ++incarnation_};
    p->book = std::make_unique<meter::cap_book>(ledgers_[i]);
    p->fed = last_tick();
    meter::cap_effects ignored;
    p->council =
        std::make_unique<cap_council>(p->who, *p->book, p->fed, ledgers_[i]);
    p->book->configure(p->fed, plans(), ignored);
    living_[i] = std::move(p);
    for (std::size_t j = 0; j < nodes; ++j)
      if (i != j)
        link(i, j);
    view_all();
  }

  void link(std::size_t i, std::size_t j) {
    if (!living_[i] || !living_[j] || !together(i, j))
      return;
    links_[std::minmax(i, j)] = ++last_link_;
    for (auto [a, b] : {std::pair{i, j}, std::pair{j, i}}) {
      council_effects out;
      living_[a]->council->linked(living_[b]->who, out);
      act(*living_[a], out);
    }
  }

  void unlink(std::size_t i, std::size_t j) {
    links_.erase(std::minmax(i, j));
    if (living_[i] && living_[j]) {
      living_[i]->council->unlinked(living_[j]->who);
      living_[j]->council->unlinked(living_[i]->who);
    }
  }

  void view_all() {
    for (std::size_t i = 0; i < nodes; ++i) {
      if (!living_[i])
        continue;
      std::vector<view_member> members;
      bool alone = true;
      for (std::size_t j = 0; j < nodes; ++j)
        if (living_[j] && together(i, j))
          members.push_back({.who = living_[j]->who, .address = {}});
        else if (living_[j])
          alone = false;
      living_[i]->council->view_is(
          std::make_shared<view>(make_view(std::move(members))), alone,
          now_ns_);
    }
    changed_.push_back(now_ns_);
  }

  void mischief() {
    auto i = static_cast<std::size_t>(any(0, nodes - 1));
    auto alive = std::count_if(living_.begin(), living_.end(), [](auto& p) {
      return p && p->council->standing();
    });
    // Who cannot ask begins by itself; that is another test.
    auto there = std::count_if(living_.begin(), living_.end(),
                               [](auto& p) { return p != nullptr; });
    auto whole =
        std::all_of(side_.begin(), side_.end(), [](int x) { return x == 0; });
    if (chance(0.5)) {
      if (living_[i] && alive > 2 && whole) {
        ++figures_->kills;
        for (std::size_t j = 0; j < nodes; ++j)
          if (j != i)
            unlink(i, j);
        for (std::size_t j = 0; j < nodes; ++j)
          if (j != i && living_[j])
            living_[j]->council->unlinked(living_[i]->who);
        living_[i].reset();
        silent_until_ns_ = std::max(silent_until_ns_, now_ns_ + 700 * ms);
        view_all();
      } else if (!living_[i] && whole) {
        ++figures_->starts;
        start(i);
      }
    } else if (whole && alive == there && chance(0.5)) {
      ++figures_->partitions;
      for (auto& side : side_)
        side = chance(0.5) ? 1 : 0;
      for (std::size_t a = 0; a < nodes; ++a)
        for (std::size_t b = a + 1; b < nodes; ++b)
          if (!together(a, b))
            unlink(a, b);
      whole = std::all_of(side_.begin(), side_.end(),
                          [&](int x) { return x == side_[0]; });
      if (!whole)
        silent_until_ns_ = INT64_MAX; // until it is healed
      else
        side_.fill(0);
      view_all();
    } else if (!whole) {
      heal();
    } else {
      silent_until_ns_ =
          std::max(silent_until_ns_, now_ns_ + any(100, 20'000) * ms);
    }
  }

  void heal() {
    auto before = side_;
    side_.fill(0);
    if (silent_until_ns_ == INT64_MAX)
      silent_until_ns_ = now_ns_ + any(0, 2000) * ms;
    for (std::size_t a = 0; a < nodes; ++a)
      for (std::size_t b = a + 1; b < nodes; ++b)
        if (before[a] != before[b])
          link(a, b);
    view_all();
  }

  // -- letters ----------------------------------------------------------------

  std::size_t index_of_node(const life& who) const {
    return static_cast<std::size_t>(who.node.back() - '0');
  }

  void post(const process& from, std::size_t to, const outgoing& x) {
    auto i = index_of_node(from.who);
    auto line = links_.find(std::minmax(i, to));
    if (i == to || !living_[to] || line == links_.end())
      return;
    auto& clear = clear_ns_[{i, to}]; // one after the other
    clear = std::max(clear, now_ns_ + any(1, 300) * ms);
    letters_.push_back(
        {clear, from.who, living_[to]->who, line->second, x.kind, x.bytes});
  }

  void act(process& p, council_effects& out) {
    auto what = std::exchange(out, {});
    auto& ledger = ledgers_[index_of_node(p.who)];
    for (auto& row : what.caps.rows)
      ledger.push_back(row);
    for (auto& row : what.announce) {
      ++figures_->told;
      told_[name_of_row(row)].push_back(now_ns_);
    }
    for (auto& x : what.send)
      for (std::size_t j = 0; j < nodes; ++j)
        if (living_[j] && (!x.to || *x.to == living_[j]->who))
          post(p, j, x);
  }

  void deliver() {
    auto due =
        std::stable_partition(letters_.begin(), letters_.end(),
                              [this](auto& x) { return x.at_ns > now_ns_; });
    std::vector<letter> now{due, letters_.end()};
    letters_.erase(due, letters_.end());
    std::stable_sort(now.begin(), now.end(),
                     [](auto& a, auto& b) { return a.at_ns < b.at_ns; });
    for (auto& x : now) {
      auto i = index_of_node(x.from), j = index_of_node(x.to);
      auto line = links_.find(std::minmax(i, j));
      if (line == links_.end() || line->second != x.link)
        continue;
      council_effects out;
      if (!living_[j]->council->take(x.from, x.kind, x.bytes, out))
        trouble_ = "a record was refused";
      act(*living_[j], out);
    }
  }

  // -- what has to hold -------------------------------------------------------

  std::map<std::string, std::pair<int, std::int64_t>>
  states(const meter::cap_book& book) const {
    std::map<std::string, std::pair<int, std::int64_t>> out;
    for (auto& x : book.standings()) {
      auto runs = x.deadline && *x.deadline > last_tick();
      out[path_of(x.whose)] = {static_cast<int>(x.level),
                               runs ? x.deadline->number : 0};
    }
    return out;
  }

  void fail(const std::string& what) {
    if (trouble_.empty())
      trouble_ = what + " at " + std::to_string(last_tick().number - epoch);
  }

  void check() {
    auto right = states(oracle_);
    for (auto& p : living_)
      if (p && states(*p->book) != right)
        fail(p->who.node + " stands otherwise than who saw all");
    std::set<name> due;
    for (auto& row : rows_)
      due.insert(name_of_row(row));
    for (auto& p : living_) {
      if (!p)
        continue;
      std::set<name> has;
      for (auto& row : ledgers_[index_of_node(p->who)]) {
        has.insert(name_of_row(row));
        if (!due.contains(name_of_row(row)))
          fail(p->who.node + " has a row of its own, of " + path_of(row.whose)
               + " at " + std::to_string(row.what.at.number - epoch));
      }
      for (auto& each : due)
        if (!has.contains(each))
          fail(p->who.node + " lacks the row of " + each.first + " at "
               + std::to_string(each.second - epoch));
    }
    for (auto& each : due) {
      auto& times = told_[each];
      if (times.empty())
        fail("the operator was not told of " + each.first + " at "
             + std::to_string(each.second - epoch));
      if (times.size() < 2)
        continue;
      figures_->again += times.size() - 1;
      // From one view to the next it may be told again, with the same id.
      auto near = std::any_of(changed_.begin(), changed_.end(), [&](auto x) {
        return x - 3000 * ms <= times[1] && times[0] <= x + 3000 * ms;
      });
      if (!near || times.size() > 2)
        fail("the operator was told " + std::to_string(times.size())
             + " times of " + each.first);
    }
    figures_->rows = rows_.size();
  }

  std::mt19937_64 dice_;
  cap_figures none_;
  cap_figures* figures_;
  std::string trouble_;
  std::int64_t now_ns_ = 0;
  std::int64_t final_ns_ = 0;
  std::int64_t silent_until_ns_ = 0;
  std::uint64_t incarnation_ = 0;
  std::uint64_t last_link_ = 0;
  std::array<std::int64_t, apps.size()> open_{};
  std::vector<std::array<std::int64_t, apps.size()>> truth_;
  std::vector<std::int64_t> ended_ns_; // of ticks
  meter::cap_book oracle_;
  std::vector<meter::cap_row> rows_;
  std::array<std::unique_ptr<process>, nodes> living_;
  std::array<std::vector<meter::cap_row>, nodes> ledgers_;
  std::array<int, nodes> side_{};
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> links_;
  std::map<std::pair<std::size_t, std::size_t>, std::int64_t> clear_ns_;
  std::vector<letter> letters_;
  std::map<name, std::vector<std::int64_t>> told_;
  std::vector<std::int64_t> changed_;
};

} // namespace

std::string cap_disagreement(std::uint64_t seed, cap_figures* figures) {
  return world{seed, figures}.run();
}

} // namespace tidewire::cluster::testing
