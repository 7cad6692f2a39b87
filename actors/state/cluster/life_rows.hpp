// The rows of one life that are in memory, and what is known beside them.
#pragma once

#include "actors/state/cluster/gauge_sums.hpp"
#include "actors/state/cluster/row_records.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// Rows of one life: those of the last minutes as they came, how the apps stood
/// before them, and of which ticks there are rows anywhere on this node. A row
/// that is here is never changed.
class life_rows {
public:
  struct row {
    std::uint64_t gap = 0; ///< ticks before it that its author has no row for
    std::string block;
    level_changes says;
  };

  enum class outcome : std::uint8_t {
    fresh,
    had,      ///< the same bytes
    disputed, ///< other bytes: the first ones stand
    too_old   ///< it is only on disk, if anywhere
  };

  outcome take(meter::tick at, row x);

  /// How the apps stood at a tick of which there was no row here. False if that
  /// is no news.
  bool stand(meter::tick at, const level_changes& all);

  /// Rows of which the ledger has those bytes, or another one's ledger.
  void on_disk(tick_run ticks) {
    cover(ticks);
    lapses_.remove(ticks);
  }

  /// How the apps stood at that tick has been told; the row is not here.
  void told(meter::tick t) { covered_.add({t, t}); }

  /// There are no rows for these, and never will be.
  void lapse(tick_run ticks);

  /// But somebody has them: of what was taken for lost, they may come yet.
  void hope_for(const tick_runs& elsewhere);

  /// Lets the oldest rows go until no more than these are left, and gives them
  /// to the caller.
  std::vector<std::pair<meter::tick, row>> trim(std::int64_t ticks,
                                                std::size_t bytes);

  const tick_runs& covered() const noexcept { return covered_; }
  /// Of these, what another node may ask for: not what was only told.
  const tick_runs& to_give() const noexcept { return to_give_; }
  const tick_runs& lapses() const noexcept { return lapses_; }
  /// Covered, but nobody has a row for it.
  bool lapsed(meter::tick t) const noexcept {
    return lapses_.has(t) && !rows_.contains(t);
  }
  const std::map<meter::tick, row>& rows() const noexcept { return rows_; }
  const row* find(meter::tick t) const noexcept;
  /// Rows after it are here, if they are anywhere.
  meter::tick floor() const noexcept { return floor_; }
  const standing_apps& at_floor() const noexcept { return standing_; }

  /// How the apps stood at a tick, from what is in memory. Not known before the
  /// floor, after a gap, and where the row is missing.
  standing_apps at(meter::tick t) const;
  /// The last levels that are known, and of which tick.
  std::optional<meter::tick> last_standing(standing_apps& into) const;
  /// Whether `at(t)` would be known; costs less.
  bool stands_at(meter::tick t) const;

private:
  using row_at = std::map<meter::tick, row>::const_iterator;

  void step(const row_at& it);
  /// How the apps stood right before a row, if that is known without it.
  const standing_apps* before(const row_at& it) const noexcept;
  void cover(tick_run ticks) {
    covered_.add(ticks);
    to_give_.add(ticks);
  }

  std::map<meter::tick, row> rows_;
  std::size_t bytes_ = 0;
  meter::tick floor_{-(std::int64_t{1} << 40)};
  standing_apps standing_;                    // at the floor
  std::map<meter::tick, standing_apps> told_; // above it, beside the rows
  tick_runs covered_, to_give_, lapses_;
};

} // namespace tidewire::cluster
