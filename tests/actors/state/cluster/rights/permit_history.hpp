// What happens in the world of permits.
#pragma once

#include "actors/state/cluster/permits.hpp"
#include "actors/state/cluster/stable_hash.hpp"
#include "tests/actors/state/cluster/rights/permit_world.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tidewire::cluster::testing::permit_world {

inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::size_t most_nodes = 7;

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
  void lift(const std::string& app) override { apps[app].free = true; }

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

/// One history of some nodes that hold permits, and of their clients.
class permit_history {
public:
  permit_history(std::uint64_t seed, permit_figures& figures)
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

  void start(std::size_t name);
  void meet(node& x);
  void see(node& x, std::vector<life> who);
  void prove(node& x, const node& dead);
  void look_for_founders();

  // -- clients ----------------------------------------------------------------

  void let_in(node& x, const std::string& app);
  void come(node& x, const std::string& app);
  void leave(node& x, const std::string& app);
  void give_up(node& x);

  // -- time -------------------------------------------------------------------

  void turn(node& x);
  void post(const node& from, const right_record& x);
  void deliver();
  void step(std::uint64_t length, std::uint64_t busy);

  // -- what happens to them ---------------------------------------------------

  void fate();
  void change_limit();
  void look(node& x);

  // -- the oracle -------------------------------------------------------------

  void check();
  void heal();
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

  void fill(const std::string& app);
  void step_until(int most, const std::string& app, std::uint64_t right);
  void expect(const std::string& app, std::uint64_t right, const char* whom);

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

} // namespace tidewire::cluster::testing::permit_world
