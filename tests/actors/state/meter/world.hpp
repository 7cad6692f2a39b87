// One node under a random history: the meter's pure parts put together as the
// actors will, and the oracle's notes.
#pragma once

#include "actors/state/meter/cluster_clock.hpp"
#include "actors/state/meter/meter_state.hpp"
#include "tests/actors/state/meter/oracle.hpp"

#include <memory>
#include <string>
#include <utility>

namespace tidewire::meter::testing {

/// Apps have ids that do not sort like their places; the first has two indexes.
inline const app_id app_ids[apps] = {{"7"}, {"12"}, {"internal"}};

class world {
public:
  explicit world(std::string node);

  void happen(std::uint32_t word);
  /// Takes the last readings.
  void finish();

  const std::vector<life_truth>& lives() const { return lives_; }
  /// What the disk holds of each life: tick and encoded block.
  using journal = std::vector<std::pair<tick, std::string>>;
  const std::vector<journal>& journals() const { return journals_; }
  /// Empty unless something was wrong on the way.
  const std::string& trouble() const { return trouble_; }

  /// When it begins: shortly before midnight.
  static constexpr std::int64_t epoch = 19'676 * seconds_per_day - 40;

private:
  static constexpr int reactors = 2;
  struct held {
    std::size_t socket; // in the life's truth
    app_index index;
    std::uint32_t reactor;
  };
  using snapshot = std::array<std::uint64_t, apps + 1>; // open, by app_index

  void begin_life();
  void crash(std::uint32_t p);
  void say_goodbye(std::uint32_t p);
  void wait(std::int64_t ns);
  void pause(std::uint32_t p);
  void read_late(std::uint32_t p);
  void read(tick at);
  void freeze(std::uint32_t reactor);
  void open(std::uint32_t p);
  void close(std::size_t i, std::uint32_t p, bool pending_at_waking = false);
  void refuse(std::uint32_t p);
  void broadcast(std::uint32_t p);
  void step_clock(std::uint32_t p);
  void lose_reactor();
  moment now(std::uint32_t reactor) const;
  void note(std::uint32_t reactor, app_index app, lifecycle::kind what,
            std::uint32_t reason, cluster_ns at);
  life_truth& life() { return lives_.back(); }

  std::string node_;
  std::int64_t mono_ns_ = 5'300'000'000;
  std::int64_t wall_offset_ns_ = epoch * ns_per_second - mono_ns_;
  std::unique_ptr<cluster_clock> clock_;
  std::unique_ptr<meter_state> meter_;
  std::vector<held> live_;
  std::vector<life_truth> lives_;
  std::vector<journal> journals_;
  std::array<std::uint64_t, apps + 1> broadcasts_{};
  std::array<std::optional<snapshot>, reactors> frozen_;
  std::optional<tick> round_; // being read late
  tick stored_before_;        // this life
  bool disk_fails_ = false;
  std::string trouble_;
};

} // namespace tidewire::meter::testing
