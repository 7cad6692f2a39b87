// One tick of an author as bytes: what the ledger commits each second.
#pragma once

#include "actors/state/meter/codec.hpp"
#include "actors/state/meter/figures.hpp"

#include <string>

namespace tidewire::meter {

/// A version byte, then varints; apps in order of their ids. About 20 bytes
/// for each app that changed.
std::string encode(const tick_block& block);

decoded<tick_block> decode_block(std::string_view bytes);

} // namespace tidewire::meter
