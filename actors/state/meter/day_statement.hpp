// Days whose minutes are pruned: how they are made, and stated.
#pragma once

#include "actors/state/meter/statement.hpp"

#include <span>

namespace tidewire::meter {

/// A day from the slices of its minutes, ascending, of a timeline over one
/// author and app alone.
class day_fold {
public:
  void add(const minute_slice& slice);
  const day_record& record() const noexcept { return record_; }

private:
  day_record record_;
};

/// Two parts of a day that do not overlap.
day_record merge(day_record x, const day_record& y);

/// Days of one app and author, one each, beginning at `first`; nothing where
/// nothing is known. Exact, with samples of 60 s. `doubts` has only days
/// of which nothing is known; `unknown_seconds` counts the others' gaps too.
statement state_days(day first,
                     std::span<const std::optional<day_record>> days);

} // namespace tidewire::meter
