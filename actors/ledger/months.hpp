// Broadcasts of a month so far, which caps are on.
#pragma once

#include "actors/ledger/reader.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tidewire::ledger {

/// Reads the file, also while a `store` writes it, with connections of its own.
/// Belongs to one thread at a time; blocks, for an app with a busy month some
/// tenths of a second. Throws sqlite::error.
class month_counter {
public:
  /// `me`: the author whose life this is.
  month_counter(const std::string& file, meter::author me);
  ~month_counter();

  /// The broadcasts of an app in the minutes that lie in a window as a whole,
  /// as far as they are known; with `earlier_lives` only those that others than
  /// `me` have stated. Of minutes that are pruned, their days (UTC) count.
  std::uint64_t count(const meter::app_id& app, meter::window over,
                      bool earlier_lives);

private:
  meter::author me_;
  reader days_;
  std::unique_ptr<sqlite::database> db_;
};

} // namespace tidewire::ledger
