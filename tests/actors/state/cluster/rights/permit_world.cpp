#include "tests/actors/state/cluster/rights/permit_world.hpp"

#include "actors/state/cluster/permits.hpp"
#include "actors/state/cluster/stable_hash.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace tidewire::cluster::testing {

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::size_t most_nodes = 7;

struct dice {
  std::uint64_t state;

  std::uint64_t below(std::uint64_t n) {
    state = spread(state);
    return n == 0 ? 0 : (state >> 8u) % n;
  }
  bool chance(std::uint64_t per_mille) { return below(1000) < per_mille; }
};

// The truth: what is open. The simulator's door.
struct true_door final : permit_door {
  std::uint32_t used(const std::string& app) override { return apps[app].used; }
  std::uint32_t hold(const std::string& app, std::uint32_t n) override {
    auto& x = apps[app];
    x.free = false;
    return x.held = std::max(n, x.used);
  }
  void free(const std::string& app) override { apps[app].free = true; }

  struct share {
    std::uint32_t used = 0;
    std::uint32_t held = 0;
    bool free = false;
  };
  std::map<std::string, share> apps;
};

struct node {
  life who;
  true_door door;
  permits keeper;
  std::map<std::string, std::deque<std::int64_t>> waiting; // since when
  std::set<life> heard;                                    // by membership
  std::set<life> dead;                                     // proved to it
  std::vector<life> view;
  bool alive = true;
  bool proved = false; // dead, to somebody
  bool draining = false;
  std::int64_t paused_until = 0;

  explicit node(life x) : who(x), keeper(std::move(x), door) {}
};

struct letter {
  std::int64_t at;
  std::size_t from, to; // nodes, of all times
  record_kind kind;
  std::string bytes;
};

class world {
public:
  world(std::uint64_t seed, permit_figures& figures)
      : dice_{seed}, figures_(figures) {
    names_ = 3 + dice_.below(most_nodes - 2);
    loss_ = dice_.chance(500) ? dice_.below(400) : 0;
    twice_ = dice_.chance(500) ? dice_.below(300) : 0;
    delay_ = 1 + dice_.below(dice_.chance(300) ? 300 : 20);
    wild_views_ = dice_.chance(500);
    changes_limit_ = dice_.chance(250);
    apps_ = {"a", "b"};
    for (auto& each : apps_)
      limit_[each] = highest_[each] = 1 + pick_limit();
  }

  std::string run() {
    for (std::size_t i = 0; i < names_; ++i)
      if (i == 0 || dice_.chance(700))
        start(i);
    auto until =
        now_ + (300 + static_cast<std::int64_t>(dice_.below(1500))) * ms;
    while (now_ < until && wrong_.empty()) {
      fate();
      step(1 + dice_.below(10), 400);
    }
    if (wrong_.empty())
      heal();
    return wrong_;
  }

private:
  std::uint32_t pick_limit() {
    return static_cast<std::uint32_t>(dice_.below(dice_.chance(500) ? 8 : 120));
  }

  // -- the nodes --------------------------------------------------------------

  bool runs(const node& x) const { return x.alive && x.paused_until <= now_; }
  bool cut(std::size_t from, std::size_t to) const { return cuts_[from][to]; }
  std::size_t name_of(const life& x) const {
    return static_cast<std::size_t>(x.node[0] - 'A');
  }
  node* living(std::size_t name) {
    for (auto& x : nodes_)
      if (x->alive && name_of(x->who) == name)
        return x.get();
    return nullptr;
  }
  std::size_t number_of(const life& who) const {
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i]->who == who)
        return i;
    return nodes_.size();
  }

  // Both hear of each other at once: who starts listens before it dials.
  void start(std::size_t name) {
    life who{std::string(1, static_cast<char>('A' + name)), ++incarnation_};
    nodes_.push_back(std::make_unique<node>(who));
    auto& x = *nodes_.back();
    for (auto& each : apps_)
      x.keeper.limit_is(each, limit_[each]);
    meet(x);
    see(x, {x.who});
  }

  void meet(node& x) {
    for (auto& y : nodes_)
      if (y->alive && y.get() != &x && !cut(name_of(x.who), name_of(y->who))
          && !cut(name_of(y->who), name_of(x.who))) {
        x.heard.insert(y->who);
        y->heard.insert(x.who);
      }
  }

  void see(node& x, std::vector<life> who) {
    ++figures_.views;
    std::sort(who.begin(), who.end());
    std::vector<view_member> members;
    for (auto& each : who) {
      auto at = number_of(each);
      members.emplace_back();
      members.back().who = each;
      members.back().draining = nodes_[at]->draining;
    }
    x.view = std::move(who);
    x.keeper.view_is(std::make_shared<const view>(make_view(members)));
  }

  void prove(node& x, const node& dead) {
    if (!x.dead.insert(dead.who).second)
      return;
    nodes_[number_of(dead.who)]->proved = true;
    x.keeper.gone(dead.who);
  }

  // As membership would know it at this moment.
  void look_for_founders() {
    for (auto& x : nodes_) {
      if (!runs(*x))
        continue;
      auto sees = [&](const life& y) {
        return std::count(x->view.begin(), x->view.end(), y) > 0;
      };
      auto may =
          std::all_of(x->heard.begin(), x->heard.end(), [&](const life& y) {
            return sees(y) || x->dead.count(y) > 0;
          });
      auto me = name_of(x->who);
      for (std::size_t i = 0; i < names_ && may; ++i) {
        auto* y = living(i);
        may = i == me
              || (!cut(me, i) && !cut(i, me)
                  && (y == nullptr || (runs(*y) && sees(y->who))));
      }
      // It has dialled them all: whoever refused, or lives anew, has died.
      for (auto& y : nodes_)
        if (may && !y->alive)
          prove(*x, *y);
      x->keeper.may_found(may);
    }
  }

  // -- clients ----------------------------------------------------------------

  void let_in(node& x, const std::string& app) {
    auto& queue = x.waiting[app];
    auto& share = x.door.apps[app];
    auto moved = false;
    while (!queue.empty() && share.used < share.held) {
      ++share.used;
      ++figures_.admitted;
      queue.pop_front();
      moved = true;
    }
    if (moved)
      x.keeper.moved(app);
    x.keeper.waiting(app, static_cast<std::uint32_t>(queue.size()));
  }

  void come(node& x, const std::string& app) {
    x.waiting[app].push_back(now_);
    let_in(x, app);
  }

  void leave(node& x, const std::string& app) {
    auto& share = x.door.apps[app];
    if (share.used == 0)
      return;
    --share.used;
    x.keeper.moved(app);
    let_in(x, app);
  }

  void give_up(node& x) {
    for (auto& [app, queue] : x.waiting) {
      auto before = queue.size();
      while (!queue.empty() && now_ - queue.front() >= 500 * ms)
        queue.pop_front();
      if (queue.size() != before)
        x.keeper.waiting(app, static_cast<std::uint32_t>(queue.size()));
    }
  }

  // -- time -------------------------------------------------------------------

  void turn(node& x) {
    permit_effects out;
    x.keeper.turn(now_, out);
    for (auto& each : out.send)
      post(x, each);
    for (auto& each : out.more)
      let_in(x, each);
    for (auto& each : out.refused) {
      auto& queue = x.waiting[each.app];
      while (!queue.empty() && queue.front() < each.asked_before_ns) {
        queue.pop_front();
        ++figures_.refused;
      }
      x.keeper.waiting(each.app, static_cast<std::uint32_t>(queue.size()));
    }
  }

  void post(const node& from, const right_record& x) {
    auto to = number_of(x.to);
    if (to == nodes_.size() || dice_.chance(loss_))
      return;
    for (int i = dice_.chance(twice_) ? 2 : 1; i > 0; --i) {
      auto late = static_cast<std::int64_t>(dice_.below(delay_ * 1000));
      letters_.push_back(
          {now_ + late * ms / 1000, number_of(from.who), to, x.kind, x.bytes});
    }
  }

  void deliver() {
    for (std::size_t i = 0; i < letters_.size();) {
      auto& x = letters_[i];
      auto& to = *nodes_[x.to];
      if (x.at > now_ || (to.alive && !runs(to))) {
        ++i;
        continue;
      }
      auto arrived = std::move(x);
      letters_[i] = std::move(letters_.back());
      letters_.pop_back();
      auto& from = *nodes_[arrived.from];
      if (!to.alive || cut(name_of(from.who), name_of(to.who)))
        continue;
      to.keeper.take(from.who, arrived.kind, arrived.bytes);
      turn(to);
      check();
    }
  }

  // So many milliseconds, and clients in them.
  void step(std::uint64_t length, std::uint64_t busy) {
    for (; length > 0 && wrong_.empty(); --length) {
      now_ += ms;
      ++figures_.steps;
      look_for_founders();
      deliver();
      for (auto& x : nodes_) {
        if (!runs(*x))
          continue;
        for (auto& app : apps_) {
          if (!x->draining && dice_.chance(busy))
            come(*x, app);
          if (dice_.chance(busy / 2))
            leave(*x, app);
        }
        give_up(*x);
        turn(*x);
        check();
      }
    }
  }

  // -- what happens to them ---------------------------------------------------

  void fate() {
    auto& x = *nodes_[dice_.below(nodes_.size())];
    switch (dice_.below(16)) {
    case 0: { // a partition, one way or both
      auto i = dice_.below(names_), j = dice_.below(names_);
      cuts_[i][j] = true;
      if (dice_.chance(500))
        cuts_[j][i] = true;
      break;
    }
    case 1: { // one node cut off
      auto i = dice_.below(names_);
      for (std::size_t j = 0; j < names_; ++j)
        cuts_[i][j] = cuts_[j][i] = true;
      break;
    }
    case 2:
    case 3:
      cuts_ = {};
      for (auto& each : nodes_)
        if (runs(*each))
          meet(*each);
      break;
    case 4:
      if (dice_.chance(400) && x.alive) {
        x.alive = false;
        ++figures_.deaths;
      }
      break;
    case 5: {
      auto name = dice_.below(names_);
      if (!living(name))
        start(name);
      break;
    }
    case 6:
      if (x.alive && dice_.chance(300))
        x.paused_until =
            now_ + static_cast<std::int64_t>(dice_.below(800)) * ms;
      break;
    case 7:
      if (x.alive && dice_.chance(200))
        x.draining = !x.draining;
      break;
    case 8:
      if (changes_limit_)
        change_limit();
      break;
    case 9:
    case 10:
      for (auto& y : nodes_) // a redial, or gossip of one
        if (!y->alive && runs(x)
            && (dice_.chance(300) || !cut(name_of(x.who), name_of(y->who))))
          prove(x, *y);
      break;
    default:
      if (runs(x))
        look(x);
    }
  }

  // Limits go up and down; until all has healed the highest one counts.
  void change_limit() {
    auto& app = apps_[dice_.below(apps_.size())];
    limit_[app] = 1 + pick_limit();
    highest_[app] = std::max(highest_[app], limit_[app]);
    for (auto& each : nodes_)
      if (runs(*each) && dice_.chance(700))
        each->keeper.limit_is(app, limit_[app]);
  }

  void look(node& x) {
    meet(x);
    std::vector<life> who{x.who};
    for (auto& y : x.heard) {
      auto& other = *nodes_[number_of(y)];
      auto i = name_of(x.who), j = name_of(y);
      auto hears = !cut(i, j) && !cut(j, i) && runs(other);
      if (x.dead.count(y) == 0
          && (wild_views_ ? dice_.chance(hears ? 800 : 300) : hears))
        who.push_back(y);
    }
    see(x, std::move(who));
  }

  // -- the oracle -------------------------------------------------------------

  void check() {
    for (auto& app : apps_) {
      std::uint64_t used = 0, held = 0;
      for (auto& x : nodes_)
        if (x->alive || !x->proved) {
          used += x->door.apps[app].used;
          held += x->door.apps[app].held;
        }
      if (used > highest_[app])
        wrong_ = "the limit is exceeded: " + std::to_string(used) + " of "
                 + std::to_string(highest_[app]);
      else if (held > highest_[app])
        wrong_ = "more permits than the limit: " + std::to_string(held) + " of "
                 + std::to_string(highest_[app]);
    }
  }

  void heal() {
    loss_ = twice_ = 0;
    delay_ = 5;
    cuts_ = {};
    std::vector<life> all;
    for (std::size_t i = 0; i < names_; ++i)
      if (!living(i) && dice_.chance(500))
        start(i);
    if (!std::any_of(nodes_.begin(), nodes_.end(),
                     [](auto& x) { return x->alive; }))
      start(0);
    for (auto& x : nodes_)
      if (x->alive) {
        x->paused_until = 0;
        x->draining = false;
        all.push_back(x->who);
      }
    for (auto& x : nodes_) {
      if (!x->alive)
        continue;
      meet(*x);
      for (auto& y : nodes_)
        if (!y->alive)
          prove(*x, *y);
      for (auto& app : apps_)
        x->keeper.limit_is(app, limit_[app]);
    }
    for (auto& x : nodes_)
      if (x->alive) {
        step(1 + dice_.below(50), 200); // one sees it after the other
        see(*x, all);
      }
    step(250, 0);
    for (auto& app : apps_)
      fill(app);
  }

  std::uint64_t used(const std::string& app) {
    std::uint64_t sum = 0;
    for (auto& x : nodes_)
      if (x->alive)
        sum += x->door.apps[app].used;
    return sum;
  }

  std::vector<node*> all_living() {
    std::vector<node*> out;
    for (auto& x : nodes_)
      if (x->alive)
        out.push_back(x.get());
    return out;
  }

  // Some leave; then fewer than the limit come: all must be let in. Then many
  // more: as many as the limit must be.
  void fill(const std::string& app) {
    auto nodes = all_living();
    while (used(app) > limit_[app] / 2)
      leave(*nodes[dice_.below(nodes.size())], app);
    step(120, 0);
    auto room = limit_[app] - used(app);
    auto few = dice_.below(room + 1);
    auto before = used(app);
    auto* one = dice_.chance(500) ? nodes[dice_.below(nodes.size())] : nullptr;
    for (std::uint64_t i = 0; i < few; ++i)
      come(one ? *one : *nodes[dice_.below(nodes.size())], app);
    step_until(450, app, before + few);
    expect(app, before + few, "of those who fit");
    for (auto* x : nodes)
      for (std::uint32_t i = 0; i < limit_[app]; ++i)
        come(*x, app);
    step_until(450, app, limit_[app]);
    expect(app, limit_[app], "of those who pushed");
    step(50, 0);
    expect(app, limit_[app], "after that");
    for (auto* x : nodes)
      x->waiting.clear();
  }

  void step_until(int most, const std::string& app, std::uint64_t right) {
    while (most-- > 0 && used(app) != right && wrong_.empty())
      step(1, 0);
  }

  void expect(const std::string& app, std::uint64_t right, const char* whom) {
    if (wrong_.empty() && used(app) != right)
      wrong_ = std::to_string(used(app)) + " are open instead of "
               + std::to_string(right) + ' ' + whom;
  }

  dice dice_;
  permit_figures& figures_;
  std::size_t names_ = 3;
  std::uint64_t loss_ = 0, twice_ = 0, delay_ = 1;
  bool wild_views_ = false, changes_limit_ = false;
  std::vector<std::string> apps_;
  std::map<std::string, std::uint32_t> limit_, highest_;
  std::vector<std::unique_ptr<node>> nodes_;
  std::uint64_t incarnation_ = 0;
  std::array<std::array<bool, most_nodes>, most_nodes> cuts_{};
  std::vector<letter> letters_;
  std::int64_t now_ = 0;
  std::string wrong_;
};

} // namespace

std::string permit_disagreement(std::uint64_t seed, permit_figures* figures) {
  permit_figures mine;
  return world{seed, figures ? *figures : mine}.run();
}

} // namespace tidewire::cluster::testing
