// Sums of the rows of several lives, app by app.
#pragma once

#include "actors/state/cluster/life.hpp"
#include "actors/state/meter/figures.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tidewire::cluster {

/// The number of an app in one meter; 0 is all apps together.
using app_number = std::uint32_t;

/// Apps by number, in the order in which rows first spoke of them.
class app_names {
public:
  app_names();

  app_number number(const meter::app_id& id);
  const meter::app_id& id(app_number x) const noexcept { return ids_[x]; }
  std::size_t size() const noexcept { return ids_.size(); }

private:
  std::vector<meter::app_id> ids_;
  std::map<meter::app_id, app_number> numbers_;
};

/// Levels by app_number; apps that are not there stand at zero.
using app_levels = std::vector<meter::levels>;

/// What one row says: these apps changed; if it is restated, all others are at
/// zero.
struct level_changes {
  bool restated = false;
  std::vector<std::pair<app_number, meter::levels>> apps;
  /// Events taken in the tick; apps without any are left out.
  std::vector<std::pair<app_number, std::uint64_t>> broadcasts = {};
};

level_changes changes_of(const meter::tick_block& block, app_names& names);

/// How the apps of one life stand; not known before a restated row, and after a
/// tick of which nothing is known.
struct standing_apps {
  bool known = false;
  app_levels now;

  void apply(const level_changes& x);
  void forget() noexcept {
    known = false;
    now.clear();
  }
};

/// The cluster gauge at a final tick.
struct gauge_sums {
  bool any = false; ///< there has been a final tick whose sums are here
  meter::tick at;
  app_levels apps;
  std::uint32_t lives = 0; ///< that had, or should have had, a part in it
  /// Of these, those whose part nobody will know: then it is the known sum.
  std::uint32_t unknown = 0;

  meter::levels of(app_number x) const noexcept {
    return x < apps.size() ? apps[x] : meter::levels{};
  }
};

/// What changed with a tick that has become final, for who folds ticks.
struct final_tick {
  struct use {
    std::string app;
    std::uint64_t billable = 0;
    std::uint64_t broadcasts = 0; ///< in it
  };

  meter::tick at;
  /// An app that is not listed has nothing open; else it is as it was.
  bool whole = false;
  std::vector<use> apps;
};

/// The cluster gauge at a tick that need not be final: what is known, and with
/// the last known levels of those whose row is missing.
struct gauge_range {
  meter::tick at;
  app_levels least;
  app_levels most;
  /// Not even a last level is known of somebody: there is no upper end.
  bool open_ended = false;
  std::uint32_t lives = 0;    ///< that should have a row for it
  std::uint32_t answered = 0; ///< that have
  std::vector<life> missing;  ///< the others

  bool exact() const noexcept { return missing.empty(); }
};

} // namespace tidewire::cluster
