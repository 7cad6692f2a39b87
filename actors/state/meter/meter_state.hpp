// From facts and readings to the rows of ticks.
#pragma once

#include "actors/state/meter/figures.hpp"

#include <map>
#include <span>
#include <vector>

namespace tidewire::meter {

/// One app at the instant of a reading.
struct app_now {
  app_index app;
  levels now; ///< `open` is the size of the live set
  /// Since the start of the process; what they grew by is counted.
  std::uint64_t broadcasts = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t bytes = 0;
};

/// Makes the rows of one author. Pure; the GAUGE owns it and drives a round:
/// `note` what each reactor tells, `freeze` a reactor when its reading comes,
/// `read` when all have answered. Costs in proportion to what changed, apart
/// from one comparison for each app handed to `read`.
///
/// The count at a tick is the reading (derived, not incremented); the facts
/// only say what was between two readings: lows, highs and connection-time.
class meter_state {
public:
  /// `began`: when this life could first have had a connection.
  explicit meter_state(cluster_ns began);

  /// Tells an app's id, before anything of it is noted or read. Several indexes
  /// may have one id: lives of one app, which are added up. Nothing of an
  /// `internal` app is billed. Telling it again changes `internal` only.
  void name(app_index app, const app_id& id, bool internal = false);

  /// A fact of a reactor, in its order. A stamp outside of the time that the
  /// next `read` is to state is moved to its edge. False if the app has no
  /// name; then the fact is left out, and the drift tells.
  bool note(std::uint32_t reactor, const lifecycle& told, cluster_ns at);

  /// What this reactor tells from here on belongs to the reading after next.
  /// Not needed where facts and readings never overlap.
  void freeze(std::uint32_t reactor);

  /// States all ticks after the last one, up to `at`, of which this is the
  /// reading. Apps not in `apps` are as they were. Ticks in between (a pause, a
  /// late round) are stated from the facts' stamps: who has no end noted was
  /// open throughout. The end of a connection that was found closed on waking
  /// from a pause is to be noted at `last().ends()`, or when it opened if that
  /// was later. Nothing if `at` is not after the last tick: no tick is stated
  /// twice.
  std::vector<tick_block> read(tick at, std::span<const app_now> apps);

  /// Nothing can be said of the ticks after the last one up to `until`, which
  /// then are unknown: a reactor was lost with its facts.
  void lose(tick until);

  /// The next block is to be restated, because an earlier one was not stored.
  void restate() noexcept { restate_ = true; }

  /// The last tick stated or lost; what is read next is after it.
  tick last() const noexcept { return last_; }

  /// How many more are open by the last reading than by the facts before it,
  /// in absolute value and summed over apps. 0 unless something is wrong.
  std::uint64_t drift() const noexcept { return drift_; }

private:
  struct fact {
    cluster_ns at;
    std::uint32_t slot;
    lifecycle::kind what;
    std::uint8_t reason;
  };

  struct slot {
    app_id app;
    bool internal = false;
    bool touched = false;
    levels now;                // while a tick is stated, as far as that is
    levels before;             // at the tick before
    levels read;               // by the last readings of its indexes
    counts unstated;           // told by the reading, for its tick
    tick_figures figures;      // of the tick that is being stated
    cluster_ns since = 0;      // connection-time is counted up to here
    std::int64_t carry_ns = 0; // of it, what is not a whole ms yet
  };

  void take(std::span<const app_now> apps);
  std::vector<fact> take_facts(tick at);
  void rebase(const std::vector<fact>& facts);
  slot& touch(std::uint32_t index, tick at);
  std::size_t replay(const std::vector<fact>& facts, std::size_t from, tick at);
  void apply(const fact& x, tick at);
  void settle(tick at);
  void conclude(slot& s, tick at);
  tick_block emit(tick at);

  tick last_;
  bool restate_ = true; // the next block is to be
  bool rebase_ = false; // the levels before the next reading are not known
  std::uint64_t drift_ = 0;
  std::vector<slot> slots_; // the first is all apps
  std::map<app_id, std::uint32_t> by_id_;
  std::vector<std::uint32_t> by_index_; // the slot of an app_index; 0 = no name
  std::vector<app_now> readings_;       // the last of each app_index
  std::vector<fact> now_, next_;        // of this reading, of the one after
  std::vector<bool> frozen_;            // by reactor
  std::vector<std::uint32_t> touched_;  // slots, in the tick being stated
  std::vector<std::uint32_t> changed_;  // slots, by the reading
};

} // namespace tidewire::meter
