// The GAUGE's meter: which tick comes next, who has said how it stood, and what
// the LEDGER has not confirmed yet.
#pragma once

#include "actors/apps.hpp"
#include "actors/state/cluster/tick_clock.hpp"
#include "actors/state/meter/meter_state.hpp"
#include "messages/reading.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace tidewire {

/// Drives a `meter::meter_state` in rounds, one tick each: `begin` says when
/// the reactors are to freeze their sets, `take` collects what they say. A
/// reactor that was asked in time and answers late was not running, so that its
/// reading still is that of the tick. Times are arguments. Outlives the GAUGE,
/// so that a restarted one goes on where the last one was.
class metering {
public:
  /// When so much waits for the LEDGER, later ticks are given up.
  static constexpr std::size_t max_unconfirmed = 300;

  struct clocks {
    std::int64_t steady_ns;
    std::int64_t wall_ns;
  };

  /// What they show; the steady one is that of facts and readings.
  static clocks clocks_now();

  struct round {
    std::uint64_t number = 0;
    meter::tick of;
    std::int64_t at_ns = 0; ///< steady time to freeze at; 0 = at once
  };

  /// `stated` is the last tick any life of this node has stored.
  metering(clocks now, std::optional<meter::tick> stated, std::size_t reactors);

  /// Tells the apps; before any fact about a new one is noted.
  void apps_are(const app_table& apps);

  /// Facts of a reactor, in their order, each once.
  void note(std::uint32_t reactor, std::span<const lifecycle> facts);

  /// The round of the next tick. One that is under way is given up: its answers
  /// do not count any more.
  const round& begin(clocks now);

  /// The same for the tick that now is in, to be frozen at once: nothing
  /// happens any more.
  const round& begin_last(clocks now);

  /// The last tick that was stated, or given up.
  meter::tick last() const noexcept { return state_.last(); }

  const round& present() const noexcept { return round_; }

  /// Whether a reactor has not answered the present round.
  bool awaits(std::uint32_t reactor) const noexcept;

  /// A reactor's answer. True when it was the last one; then what is stated has
  /// been added to `unconfirmed`, and `begin` is next.
  bool take(std::uint64_t number, const reactor_reading& reading);

  /// Stated, and not confirmed by the LEDGER.
  const std::deque<meter::tick_block>& unconfirmed() const noexcept {
    return unconfirmed_;
  }

  /// The LEDGER has taken everything up to this tick, and says whether the next
  /// block is to be restated.
  void confirmed(meter::tick last, bool wants_restated);

  /// In a cluster: what NODE has learned of the time that counts.
  void time_is(std::shared_ptr<const cluster::cluster_time> now) {
    clock_.time_is(std::move(now));
  }
  const meter::cluster_clock& clock() const noexcept { return clock_.now(); }

  /// From now on the blocks of a round are there until the next one ends.
  void share() noexcept { shared_ = true; }
  const std::vector<meter::tick_block>& concluded() const noexcept {
    return concluded_;
  }

  meter_health health() const;

private:
  const round& begin(meter::tick of, std::int64_t at_ns);
  void conclude();

  cluster::tick_clock clock_;
  meter::meter_state state_;
  round round_;
  std::vector<bool> answered_;       // by reactor
  std::vector<meter::app_now> sums_; // of the answers, by app_index
  std::deque<meter::tick_block> unconfirmed_;
  bool shared_ = false;                      // `concluded_` is wanted
  std::vector<meter::tick_block> concluded_; // of the last round
  std::uint64_t given_up_ = 0;
};

} // namespace tidewire
