// GAUGE's and LEDGER's part of a process: readings, rows, the cluster gauge.
#pragma once

#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/meter/meter_state.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/truth.hpp"
#include "tests/sim/world.hpp"

#include <array>
#include <optional>

namespace tidewire::sim {

class sim_node;

class sim_meter {
public:
  explicit sim_meter(sim_node& home);

  // -- from the door ----------------------------------------------------------

  void opened(std::uint32_t app);
  /// `found_ns`: steady time at which it may have been closed at the earliest.
  void closed(std::uint32_t app, std::int64_t found_ns);

  // -- from NODE --------------------------------------------------------------

  void heard(const cluster::life& who);
  void linked(process peer);
  void unlinked(process peer);
  void over(const cluster::life& who, bool forgotten);

  void take(process from, cluster::record_kind kind, std::string_view bytes);
  /// States all ticks that have passed.
  void read();
  /// The reading of the tick that now is in; nothing happens any more.
  void say_goodbye();
  /// Several times a second.
  void turn();

  const cluster::cluster_meter& gauge() const noexcept { return gauge_; }
  /// The next tick to be stated.
  meter::tick next() const noexcept { return state_.last() + 1; }
  /// The last tick that NODE had not told of that life at; nothing if it never
  /// has.
  std::optional<meter::tick> heard_at(process who) const noexcept;

private:
  void read(meter::tick at);
  void tell(const meter::tick_block& block);
  void act();
  void keep(const cluster::rows_to_keep& x);

  sim_node& home_;
  meter::meter_state state_;
  cluster::cluster_meter gauge_;
  cluster::meter_effects effects_;
  std::array<std::uint64_t, apps> open_{};
  std::vector<std::pair<process, meter::tick>> heard_;
  meter::tick checked_{INT64_MIN};
};

} // namespace tidewire::sim
