// The rows of several authors and apps as one gauge over time.
#pragma once

#include "actors/state/meter/coarse.hpp"
#include "actors/state/meter/minute_record.hpp"

#include <optional>
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
  /// Some of it is without ticks. Then the columns hold at the last place the
  /// levels there, the sums of time, and the most of `users` and `highest`; the
  /// other places are zero, and the peaks stand in `open` and `billable`.
  bool coarse = false;
  minute_record sum; ///< its lowest and highest are bounds if several are added
  tick_peak open, billable;   ///< of a coarse one
  bool peak_is_bound = false; ///< of a coarse one to which several contribute
};

/// Everybody who ever wrote: of which ticks something is known. Finality is
/// simple here: a row that is missing within or after a life is unknown;
/// provisional rows come with the cluster.
class roster {
public:
  /// Lives in any order.
  explicit roster(std::vector<author_life> lives);

  struct knowledge {
    tick_mask known = 0;  ///< somebody's row is there, or nobody can have one
    tick_mask partly = 0; ///< of these, somebody else's row is missing
  };
  /// Of a minute, by the masks of those who say something of it.
  knowledge know(minute at, std::span<const author_minute> pages) const;

  std::size_t size() const noexcept { return lives_.size(); }

private:
  std::vector<author_life> lives_;
  std::vector<tick> untils_; // the last tick that is expected of each
};

/// The sum of what several say of one minute.
class minute_sum {
public:
  /// `coarse`: some of what will be added is.
  void begin(minute at, roster::knowledge of, bool coarse);

  /// One author's part of one subject. `standing`: how it stood before it, and
  /// stands after it.
  void add(const minute_entry& entry, tick_mask known, levels& standing);

  const minute_slice& slice() const noexcept { return slice_; }

private:
  const minute_record* expand(levels& standing, const minute_entry& entry,
                              tick_mask known);
  void add(const minute_record& x);
  void add(const coarse_minute& x, tick_mask known);

  minute_record scratch_;
  minute_slice slice_;
  bool slice_has_ticks_ = false; // its sum is not zero
};

/// Adds up minutes in ascending order. Subjects are what is added up: one app,
/// the apps of an account, or `all_apps`.
class timeline {
public:
  timeline(std::vector<author_life> lives, std::size_t subjects);

  /// The next minute, in order; skipping some is as if nobody had said anything
  /// of them. Start at the first minute of the UTC day of what you ask for, so
  /// that what stands from before is known. The result is valid until the next
  /// call.
  const minute_slice& next(minute at, std::span<const author_minute> pages);

private:
  roster roster_;
  std::size_t subjects_;
  std::vector<levels> standing_; // by author and subject, at the last tick
  std::optional<minute> last_;
  minute_sum sum_;
};

/// One author's minute of one app without its ticks, of which `known` are.
coarse_minute coarsen(const minute_record& r, minute at, tick_mask known);

/// The same of the slice of a timeline.
coarse_minute coarsen(const minute_slice& slice);

} // namespace tidewire::meter
