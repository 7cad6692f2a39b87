#include "actors/ledger/months.hpp"

namespace tidewire::ledger {

// The slices begin with the window's first day and end with the ledger.
std::uint64_t broadcasts_in(reader& from, const meter::app_id& app,
                            meter::window over) {
  std::uint64_t total = 0;
  from.slices(over, {&app, 1}, [&](const meter::minute_slice& slice) {
    if (slice.at.last() > over.last())
      return false;
    if (slice.at.first() >= over.first())
      total += slice.sum.did.broadcasts;
    return true;
  });
  return total;
}

} // namespace tidewire::ledger
