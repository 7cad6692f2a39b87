// What a record says of its whole minute, before its ticks.
#pragma once

#include "actors/state/meter/bytes.hpp"
#include "actors/state/meter/coarse.hpp"
#include "actors/state/meter/minute_record.hpp"

namespace tidewire::meter {

/// Writes what `coarsen` says of a whole minute, but for the counts: a byte if
/// nothing changed in it. The record begins with the minute.
void write_summary(byte_writer& out, const minute_record& r);

/// Reads it; `first` are the levels at the minute's first tick.
coarse_minute read_summary(byte_reader& in, const levels& first, minute at);

} // namespace tidewire::meter
