// An author that states random ticks and remembers what it stated.
#pragma once

#include "actors/ledger/reader.hpp"
#include "actors/ledger/store.hpp"
#include "tests/actors/support/temporary_folder.hpp"

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tidewire::ledger::testing {

using tidewire::testing::temporary_folder;

/// Midnight UTC of a day in 2026, as a tick that ends there.
inline constexpr meter::tick midnight{20'500 * meter::seconds_per_day};

/// Some apps and all of them together, random but the same for the same seed.
class speaker {
public:
  speaker(std::uint32_t seed, int apps, int percent_changing = 40);

  /// The block of a tick, in which some apps changed.
  meter::tick_block say(meter::tick at, bool restated);

  /// What is open now; the first is all apps.
  const std::vector<std::uint64_t>& open() const { return open_; }
  static meter::app_id app(int place); ///< 0: all apps

private:
  meter::tick_figures change(std::size_t place);

  std::mt19937 random_;
  int percent_;
  std::vector<std::uint64_t> open_;
};

/// Writes the minutes of these ticks straight into the chain, in one
/// transaction: days in a second. The first and each first of a day is
/// restated, and every thousandth minute has a hole.
void fill(const std::string& file, const meter::author& who, speaker& says,
          meter::tick first, meter::tick last);

/// What ought to be known: how many were open, by tick and place of the app.
using truth = std::map<meter::tick, std::vector<std::uint64_t>>;

/// A sentence about the first tick of the file, `first` to `last`, that is not
/// as in `what`: a tick that is not there has to be unknown. Empty if none.
std::string difference(const std::string& file, const truth& what,
                       meter::tick first, meter::tick last, int apps);

/// What `verify` says of a file; empty if all is well.
std::string verified(const std::string& file);

meter::author life(std::uint64_t incarnation);

} // namespace tidewire::ledger::testing
