// Peak, 95th percentile and average of a window.
#pragma once

#include "actors/state/meter/sample_bag.hpp"
#include "actors/state/meter/timeline.hpp"
#include "actors/state/meter/window.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tidewire::meter {

/// The three figures of one series.
struct statement_figures {
  tick_peak peak; ///< over every known tick; of 0, at the first of them
  /// The 95th percentile; nothing if no sample is known.
  std::optional<std::uint64_t> p95;
  std::int64_t connection_ms = 0; ///< over the known ticks

  friend bool operator==(const statement_figures&,
                         const statement_figures&) = default;
};

/// Ticks first to last about which not all is known.
struct doubt {
  tick first;
  tick last;
  bool partly = false; ///< some author's part is known

  friend bool operator==(const doubt&, const doubt&) = default;
};

/// What a window comes to.
struct statement {
  window over;
  std::int64_t interval = 60;     ///< seconds from sample to sample
  std::int64_t known_seconds = 0; ///< partly known ones included
  std::int64_t partly_seconds = 0;
  std::int64_t unknown_seconds = 0;
  std::uint64_t samples = 0; ///< in the ranking, partly known ones included
  std::uint64_t partly_samples = 0;
  std::uint64_t unknown_samples = 0; ///< not in the ranking
  statement_figures open;
  statement_figures billable;
  std::uint64_t users_peak = 0;
  /// No instant within a tick had more than this; never billed.
  std::uint64_t highest = 0;
  counts did; ///< of the minutes that lie wholly in the window
  /// The peaks are upper bounds: several were summed after pruning.
  bool peak_is_bound = false;
  std::vector<doubt> doubts; ///< in order, as few as possible

  friend bool operator==(const statement&, const statement&) = default;
};

/// The first tick that is known, partly at least; the window's first if none.
tick first_known(const statement& s);

/// Connection-seconds ÷ known seconds, rounded half up to a thousandth; nothing
/// if no second is known.
std::optional<std::uint64_t> average_thousandths(const statement& s,
                                                 const statement_figures& f);

/// `12.345`, or `unknown`.
std::string render_thousandths(std::optional<std::uint64_t> x);

/// Why no statement can be made, for people.
struct statement_error {
  std::string message;
};

/// Nothing if a statement can be made of it: the window is not empty, and the
/// interval is 1 s to 1 h.
std::optional<statement_error> check(window over, std::int64_t interval);

/// What is known of a window, for whatever apps.
class coverage_fold {
public:
  coverage_fold(window over, std::int64_t interval);

  /// The minutes that touch the window, ascending; what is left out is unknown,
  /// others are ignored.
  void add(minute at, tick_mask known, tick_mask partly);

  /// Writes the window, the seconds, the samples and the doubts.
  void finish(statement& into);

private:
  bool is_sample(tick t) const noexcept;
  void skip_to(tick t);
  void doubt_it(tick t, bool partly);

  statement out_;
  tick next_; // the first tick that has not been passed
};

/// The figures of one app, or of several together.
class figures_fold {
public:
  figures_fold(window over, std::int64_t interval);

  /// A minute, after those before it. Coarse ones need a window and an interval
  /// of whole minutes; false if this one does not fit, and then `finish` says
  /// so.
  bool add(const minute_slice& slice);

  /// Known ticks from `first` to `last`, within the window, of nothing but
  /// this.
  void stand(const levels& at, tick first, tick last);

  /// `coverage`: what its coverage_fold says of the same window. Samples that
  /// were known but not added are of zero.
  std::variant<statement, statement_error> finish(const statement& coverage);

private:
  void sample(std::uint64_t open, std::uint64_t unbilled, std::uint64_t times);
  void add_ticks(const minute_slice& slice);
  void add_coarse(const minute_slice& slice);
  void see(const minute_record& sum, int place);

  statement out_;
  sample_bag open_;
  // Empty as long as no sample differs from the one in `open_`.
  std::optional<sample_bag> billable_;
  bool too_coarse_ = false;
};

/// Makes one statement, minute by minute. Pure and streaming.
class statement_builder {
public:
  /// `interval`: a sample is the value at the tick that ends its interval, and
  /// a last one that the window cuts short is left out.
  static std::variant<statement_builder, statement_error>
  make(window over, std::int64_t interval);

  /// The minutes that touch the window, ascending; what is left out is unknown,
  /// others are ignored. False if this one does not fit (figures_fold).
  bool add(const minute_slice& slice);

  std::variant<statement, statement_error> finish();

private:
  statement_builder(window over, std::int64_t interval)
      : coverage_(over, interval), figures_(over, interval) {}

  coverage_fold coverage_;
  figures_fold figures_;
};

} // namespace tidewire::meter
