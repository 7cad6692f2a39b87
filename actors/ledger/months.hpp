// Broadcasts of a month so far, which caps are on.
#pragma once

#include "actors/ledger/reader.hpp"

#include <cstdint>

namespace tidewire::ledger {

/// The broadcasts of an app in a window of whole minutes, as far as they are
/// known. Throws sqlite::error.
std::uint64_t broadcasts_in(reader& from, const meter::app_id& app,
                            meter::window over);

} // namespace tidewire::ledger
