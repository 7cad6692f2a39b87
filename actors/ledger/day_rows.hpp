// A day of an author whose minutes are pruned, as a row with a seal.
#pragma once

#include "actors/ledger/rows.hpp"
#include "actors/state/meter/coarse.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace tidewire::ledger {

/// What is said of all of its apps together. An app without a record was at
/// zero whenever something is known.
struct day_row {
  meter::day at;
  meter::tick last_tick;          ///< the last known one
  bool ended = false;             ///< by a goodbye
  std::int64_t last_sequence = 0; ///< of the entries it took the place of
  std::int64_t known_seconds = 0;
  std::int64_t known_samples = 0; ///< minutes whose last tick is known
  digest link{};                  ///< of the last entry: an anchor
  digest entry_seal{};            ///< its seal: another one
  digest seal{}; ///< over the day before, this row, its records
};

/// Ascending.
std::vector<day_row> read_days(sqlite::database& db, const author_row& of);

/// The seal that goes before the author's next day.
digest last_day_seal(sqlite::database& db, const author_row& of);

/// The seal of a day; records are to be added in the order of the apps' ids.
class day_hasher {
public:
  day_hasher(const digest& before, const meter::author& who, const day_row& x);

  void add(std::string_view app, std::string_view record);
  digest finish() { return hash_.finish(); }

private:
  hasher hash_;
};

/// Within a transaction; makes the seal.
void append(sqlite::database& db, const author_row& of, day_row what,
            const std::vector<std::pair<std::int64_t, std::string>>& records);

} // namespace tidewire::ledger
