// Broadcasts of a month so far, which caps are on.
#pragma once

#include "actors/ledger/reader.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tidewire::ledger {

/// Reads the file, also while a `store` writes it, with connections of its own.
/// Belongs to one thread at a time; blocks, for an app with a busy month some
/// tenths of a second. Whoever asks for many apps of one window gets them from
/// one pass over all, which takes seconds once instead of tenths for each.
/// Throws sqlite::error.
class month_counter {
public:
  /// So many apps of a window are looked up by themselves before that.
  static constexpr int few = 8;

  /// `me`: the author whose life this is.
  month_counter(const std::string& file, meter::author me);
  ~month_counter();

  /// The broadcasts of an app in the minutes that lie in a window as a whole,
  /// as far as they are known; with `earlier_lives` only those that others than
  /// `me` have stated. Of minutes that are pruned, their days (UTC) count.
  std::uint64_t count(const meter::app_id& app, meter::window over,
                      bool earlier_lives);

private:
  using totals = std::map<meter::app_id, std::uint64_t>;

  struct question {
    meter::window over;
    bool earlier_lives;

    meter::minute last() const;
    bool counts(const meter::author& who, const meter::author& me) const {
      return !earlier_lives || who != me;
    }
    friend bool operator==(const question&, const question&) = default;
  };

  std::uint64_t count_days(const meter::app_id& app, const question& what);
  std::uint64_t count_one(const meter::app_id& app, const question& what);
  totals count_all(const question& what);

  meter::author me_;
  reader days_;
  std::unique_ptr<sqlite::database> db_;
  std::optional<question> last_; // asked
  int times_ = 0;                // in a row
  std::optional<totals> all_;    // of `last_`
};

} // namespace tidewire::ledger
