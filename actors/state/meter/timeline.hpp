// The rows of several authors and apps as one gauge over time.
#pragma once

#include "actors/state/meter/coarse.hpp"
#include "actors/state/meter/minute_record.hpp"

#include <span>
#include <variant>
#include <vector>

namespace tidewire::meter {

/// One author's first and last row. Without `ended` (a goodbye, or later a
/// proof of death) nobody knows what was after `last` until the next life of
/// the node begins; with it there is nothing to know: its part is zero.
struct author_life {
  author who;
  tick first;
  tick last;
  bool ended = false;
};

/// What one author says of one subject in a minute; nothing: it stands as
/// before.
using minute_entry = std::variant<std::monostate, minute_record, coarse_minute>;

/// What one author says of a minute: the subjects' entries, by subject.
struct author_minute {
  std::size_t author; ///< in the lives handed to the timeline
  tick_mask known = 0;
  std::vector<minute_entry> entries;
};

/// One minute of the sum.
struct minute_slice {
  minute at;
  tick_mask known = 0;  ///< somebody's row is there, or nobody can have one
  tick_mask partly = 0; ///< of these, somebody else's row is missing
  /// Without ticks: of the columns only `open` and `unbilled` at the minute's
  /// last known place, and the peaks below.
  bool coarse = false;
  minute_record
      sum; ///< its lowest and highest are bounds if several are summed
  tick_peak open, billable;   ///< of a coarse one
  bool peak_is_bound = false; ///< several were summed without their ticks
};

/// Adds up minutes in ascending order. Subjects are what is summed up: one app,
/// the apps of an account, or `all_apps`. Finality is simple here: a row that
/// is missing within or after a life is unknown; provisional rows come with the
/// cluster.
class timeline {
public:
  timeline(std::vector<author_life> lives, std::size_t subjects);

  /// The next minute, in order; skipping some is as if nobody had said anything
  /// of them. Start at the first minute of the UTC day of what you ask for, so
  /// that what stands from before is known. The result is valid until the next
  /// call.
  const minute_slice& next(minute at, std::span<const author_minute> pages);

private:
  struct standing {
    levels now;
  };

  tick_mask expected(std::size_t author, minute at) const noexcept;
  void add(standing& s, const minute_record& r, tick_mask known);
  void add(standing& s, const coarse_minute& r, tick_mask known);
  void stand(standing& s, int from, int to, tick_mask known);

  std::vector<author_life> lives_;
  std::vector<tick> ends_; // the first tick after which nothing is expected
  std::size_t subjects_;
  std::vector<standing> standing_; // by author and subject
  minute next_{};
  bool started_ = false;
  minute_slice slice_;
};

} // namespace tidewire::meter
