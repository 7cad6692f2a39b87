// Some nodes under a random history: their meters, a network that loses,
// repeats and reorders, disks that outlive them, and notes of what was so.
#pragma once

#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/cluster/tick_clock.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace tidewire::cluster::testing {

inline constexpr int apps = 3;
inline const meter::app_id app_ids[apps] = {{"7"}, {"12"}, {"900"}};
/// Time comes from here: a node that is no node, whose clock is right.
inline const life reference{"reference", 1};
using counts_at = std::array<std::uint64_t, apps>;

/// What is chosen once for a history.
struct odds {
  int nodes = 3;
  int clients = 10;
  double loss = 0, twice = 0;
  int delay = 2; ///< steps, at most
  std::int64_t settle_s = 86'400;
  bool disks_return = true; ///< of nodes that died
  bool late_joins = false;  ///< alone at first, heard of later
  bool trimmed = false;     ///< memory holds a few ticks only
};
odds odds_of(std::uint64_t seed);

/// What a node's disk holds of one life.
struct shelf {
  std::optional<tick> first;
  std::map<tick, rows_to_keep::row> rows;
  std::optional<life_end> end;
};

struct node {
  life who;
  std::int64_t wall_off_ns = 0; ///< its clock is wrong by this
  bool up = false;
  bool paused = false;
  bool gone = false; ///< nobody can prove it dead but an operator
  std::map<life, shelf> disk;

  // While it is up:
  std::unique_ptr<cluster_meter> meter;
  std::optional<tick_clock> clock;
  std::shared_ptr<cluster_time> time;
  tick began, last;      ///< the tick before its first one; its last one
  std::vector<int> held; ///< clients here
  std::set<int> left;    ///< of these, those that went while it was paused
  counts_at stated{};
  std::optional<tick> last_synced;

  // Notes:
  struct said {
    counts_at sum{};
    std::uint32_t unknown = 0;
  };
  std::map<tick, said> finals; ///< as they were when they became final
  tick_runs corrected;
};

/// What one life stated, tick by tick.
struct life_truth {
  std::map<tick, counts_at> rows;
  std::set<tick> restated;
};

class world {
public:
  explicit world(std::uint64_t seed);

  /// A tenth of a second. Faults happen until `heal`.
  void step();
  void heal();
  std::int64_t steps() const { return step_; }

  std::vector<node>& nodes() { return nodes_; }
  const std::map<life, life_truth>& truth() const { return truth_; }
  /// Those whose end was proved or stated, by life.
  const std::set<life>& over() const { return over_; }
  const odds& rates() const { return odds_; }
  /// A row that came to a node that is up still, from anybody; or how the apps
  /// stood there.
  bool delivered(const life& whose, tick t, bool standing) const;
  std::string trouble; ///< empty unless something was wrong on the way

  static constexpr std::int64_t epoch = 19'676 * meter::seconds_per_day - 15;

private:
  struct message {
    std::int64_t due;
    int from, to;
    life from_life, to_life;
    std::uint64_t line;
    record_kind kind;
    std::string bytes;
  };

  bool chance(double p);
  std::size_t pick(std::size_t n);
  void happen();
  void start(int i);
  void stop(int i, bool goodbye);
  void pause(int i);
  void wake(int i);
  void split();
  void mend();
  void link(int i, int j);
  void unlink(int i, int j);
  void prove(int i);
  void clients();
  void run(int i);
  void state(int i, tick t, const counts_at& open);
  void deliver();
  void sync(int i, int j);
  void forget_one();
  void take(int i, meter_effects& out);
  std::int64_t now_ns() const { return step_ * 100'000'000; }
  meter::cluster_ns true_ns() const {
    return epoch * meter::ns_per_second + now_ns();
  }

  odds odds_;
  std::mt19937_64 random_;
  std::int64_t step_ = 0;
  bool healing_ = false;
  std::vector<node> nodes_;
  std::vector<std::vector<bool>> cut_;
  std::vector<std::vector<std::uint64_t>> line_; // 0: none
  std::uint64_t lines_ = 0;
  std::multimap<std::int64_t, message> air_;
  std::vector<int> at_; // by client: a node, or -1
  std::vector<int> app_;
  std::map<life, life_truth> truth_;
  std::set<life> over_; // dead, or said goodbye
  std::map<life, std::map<life, std::set<tick>>> came_, stood_; // to, of
  std::uint64_t incarnations_ = 0;
};

/// What is wrong after a history with that seed; empty if nothing is.
std::string disagreement(std::uint64_t seed);

/// Figures of all histories so far, for whoever wants to know that they happen.
struct tally {
  std::uint64_t finals = 0, corrections = 0, unknown = 0, ends = 0, raised = 0,
                settled = 0, disputes = 0, malformed = 0;
};
tally& tallied();

} // namespace tidewire::cluster::testing
