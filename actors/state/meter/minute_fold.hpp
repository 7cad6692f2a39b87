// From the ticks of a minute to its records.
#pragma once

#include "actors/state/meter/minute_record.hpp"

#include <map>

namespace tidewire::meter {

/// What one author says of a minute.
struct minute_page {
  minute at;
  tick_mask known = 0;
  /// Apps that changed or were restated; without an entry an app stands as it
  /// stood, up to an unknown tick or a day's begin, and at zero from there.
  std::map<app_id, minute_record> apps;
};

/// Folds one minute of one author. Pure; the LEDGER feeds it from the journal.
class minute_fold {
public:
  /// `continues`: the last tick of the minute before is known.
  minute_fold(minute at, bool continues);

  /// Takes the blocks in the order of their ticks. Left out, so that their
  /// ticks stay unknown, are: a tick of another minute, one that is not after
  /// those taken, and one that follows a gap without being restated, since it
  /// does not say how the apps stand. False if left out.
  bool add(const tick_block& block);

  /// So far; whole after the minute's last tick.
  minute_page page() const;

  /// The same without a copy: nothing may be added after it.
  minute_page take();

  minute at() const noexcept { return page_.at; }
  tick_mask known() const noexcept { return page_.known; }

private:
  void stand(int place);

  minute_page page_;
  bool continues_;
  int next_ = 0; // the first place that has not been passed
};

} // namespace tidewire::meter
